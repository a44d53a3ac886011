import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PullSession } from '../client/pull-session.ts'
import { push } from '../client/push-session.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { openChunk, sealChunk } from '../store/chunk-payload.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { Message } from '../wire/message.ts'
import { joinedPipes } from './joined-pipes.fixture.ts'
import { content, indexOf, nameOf, oneByOne, Scripted, serve } from './scripted-peer.fixture.ts'

const never = new AbortController().signal
const options = { silenceMs: 10_000 }

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'exchange-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const at = (name: string): string => path.join(folder, name)

const bytesOf = (messages: readonly Message[]): Buffer => Buffer.concat(messages.flatMap(encodeMessage))

describe('P-12: a push that breaks off leaves no file, whatever came before', () => {
  test('cut off at every place', async () => {
    const index = indexOf(2)
    const chunks = [0, 1].map((number) => ({
      type: 'chunk' as const,
      id: nameOf(number),
      isCompressed: true,
      data: sealChunk(content(number), 'zstd').bytes,
    }))
    const whole = bytesOf([
      { type: 'hello', featureFlags: 0xe00n },
      { type: 'index', data: index.subarray(0, 64) },
      { type: 'index', data: index.subarray(64) },
      { type: 'index-eof' },
    ])
    const rest = bytesOf(chunks)
    for (let length = 0; length < whole.length + rest.length; length += 7) {
      const { pipes, ended } = serve(folder, 'push', '-', '-', 'x.caibx', 'a.castr')
      const peer = new Scripted(pipes)
      await pipes.output.write(whole.subarray(0, length))
      if (length > whole.length) {
        // Only in answer to a request, as a real client.
        while ((await peer.hear())?.type !== 'request');
        await pipes.output.write(rest.subarray(0, length - whole.length))
      }
      await pipes.output.end()
      expect(await ended).toBeInstanceOf(Error)
      expect((await readdir(folder)).filter((name) => name !== 'a.castr')).toEqual([])
      await rm(at('a.castr'), { recursive: true, force: true })
    }
  })

  test.each<[string, readonly Message[]]>([
    ['a chunk with another content', [{ type: 'chunk', id: nameOf(0), isCompressed: false, data: content(1) }]],
    ['a chunk that is not what it says', [{ type: 'chunk', id: nameOf(0), isCompressed: true, data: content(0) }]],
    ['a chunk that nobody asked for', [{ type: 'chunk', id: nameOf(7), isCompressed: false, data: content(7) }]],
    ['a chunk that is missing', [{ type: 'missing', id: nameOf(0) }]],
    ['a goodbye before everything is there', [{ type: 'goodbye' }]],
    ['an archive that was not agreed upon', [{ type: 'archive', data: content(0) }]],
    ['more index behind its end', [{ type: 'index', data: content(0) }]],
    ['an abort', [{ type: 'abort', errno: 28, reason: 'full' }]],
  ])('%s', async (_, messages) => {
    const { pipes, ended } = serve(folder, 'push', '-', '-', 'x.caibx', 'a.castr')
    const peer = new Scripted(pipes)
    await peer.say({ type: 'hello', featureFlags: 0xe00n }, { type: 'index', data: indexOf(2) }, { type: 'index-eof' })
    while ((await peer.hear())?.type !== 'request');
    await peer.say(...messages)
    if (messages[0]?.type !== 'abort') expect((await peer.lastWords())?.type).toBe('abort')
    await pipes.output.end()
    expect(await ended).toBeInstanceOf(Error)
    expect(await readdir(folder)).not.toContain('x.caibx')
  })

  test('a client that is told why in the midst of its own words may finish them', async () => {
    const { pipes, ended } = serve(folder, 'push', '-', '-', 'none/x.caibx', 'a.castr')
    const peer = new Scripted(pipes)
    await peer.say({ type: 'hello', featureFlags: 0xe00n })
    expect(await peer.lastWords()).toMatchObject({ type: 'abort', errno: 2 })
    await peer.say({ type: 'index', data: indexOf(2) }, { type: 'index-eof' })
    await pipes.output.end()
    expect(await ended).toMatchObject({ code: 'path/not-found' })
  })

  test('a goodbye that comes before everything was sent is not believed', async () => {
    const [mine, other] = joinedPipes()
    await new Scripted(other).say({ type: 'hello', featureFlags: 0x20n }, { type: 'goodbye' })
    const pushed = push(mine, { archive: oneByOne(randomBytes(1 << 20), 65_536) }, options, never)
    await expect(pushed).rejects.toMatchObject({ code: 'repository/unreachable' })
  })
})

describe('P-16: a pull that breaks off, or is damaged, fails', () => {
  const whole = bytesOf([
    { type: 'hello', featureFlags: 0x5n },
    { type: 'index', data: indexOf(1) },
    { type: 'index-eof' },
    { type: 'chunk', id: nameOf(0), isCompressed: true, data: sealChunk(content(0), 'zstd').bytes },
  ])
  const indexEnd = whole.length - 56 - sealChunk(content(0), 'zstd').bytes.length

  /** What a client gets when a server says these bytes and goes; the chunk comes when the index has been read. */
  async function pull(bytes: Uint8Array, silenceMs = 10_000): Promise<Buffer> {
    const [mine, other] = joinedPipes()
    const opened = PullSession.open(mine, { index: true, chunks: true }, { silenceMs }, never)
    await other.output.write(bytes.subarray(0, indexEnd))
    if (bytes.length <= indexEnd) await other.output.end()
    const session = await opened
    try {
      CasyncIndex.parse(Buffer.concat(await Array.fromAsync(session.index())))
      const answer = session.get(nameOf(0))
      answer.catch(() => undefined) // awaited below
      await other.output.write(bytes.subarray(indexEnd))
      await other.output.end()
      const payload = await answer
      return Buffer.from(payload === undefined ? [] : openChunk(nameOf(0), payload))
    } finally {
      await session.close()
    }
  }

  test('cut off at every place, and not at all', async () => {
    for (let length = 0; length < whole.length; length++) {
      await expect(pull(whole.subarray(0, length))).rejects.toBeInstanceOf(Error)
    }
    expect(await pull(whole)).toEqual(Buffer.from(content(0)))
  })

  test('a bit flipped at every place: an error, or what it was', async () => {
    for (let at = 0; at < whole.length; at++) {
      const bytes = Uint8Array.from(whole)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      // A length that is larger means waiting for what never comes.
      const outcome = await pull(bytes, 100).catch((error: unknown) => error)
      if (!(outcome instanceof Error)) expect(outcome).toEqual(Buffer.from(content(0)))
    }
  })
})
