import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { blobFeatures, chooseFeatures } from '../../../archive/catar/feature-flags.ts'
import { chunkDigest } from '../chunk-digest.ts'
import { parseChunkSizes } from '../chunker/chunk-sizes.ts'
import { PullSession } from '../client/pull-session.ts'
import { push } from '../client/push-session.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { encodeIndex } from '../index/index-encoder.ts'
import { closeKept, kept } from '../kept.fixture.ts'
import { runCasyncServer } from '../server/run-casync-server.ts'
import { openChunk, sealChunk } from '../store/chunk-payload.ts'
import { LocalStore } from '../store/local-store.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { Message } from '../wire/message.ts'
import { MessageDecoder } from '../wire/message-decoder.ts'
import type { BytePipes } from './byte-pipes.ts'
import { joinedPipes } from './joined-pipes.fixture.ts'
import { pacedSink } from './paced-sink.ts'

const never = new AbortController().signal
const options = { silenceMs: 10_000 }
const content = (number: number): Uint8Array => createHash('sha512').update(`chunk ${number}`).digest()
const nameOf = (number: number): Digest => chunkDigest(content(number), 'sha512-256')

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'exchange-'))
})
afterEach(async () => {
  await closeKept()
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string): string => path.join(folder, name)

function indexOf(count: number): Uint8Array {
  const header = { featureFlags: blobFeatures(chooseFeatures()), sizes: parseChunkSizes('64:256:4096') }
  const chunks = Array.from({ length: count }, (_, number) => ({ digest: nameOf(number), sizeBytes: 64 }))
  return encodeIndex(header, chunks)
}

async function fill(name: string, count: number): Promise<LocalStore> {
  const store = new LocalStore(at(name))
  for (let number = 0; number < count; number++) await store.write(nameOf(number), content(number))
  return store
}

/** Our server on one end; the other end, and how the server ended. */
function serve(...args: string[]): { readonly pipes: BytePipes; readonly ended: Promise<unknown> } {
  const [client, server] = joinedPipes()
  const ended = runCasyncServer({ args, pipes: server, folder, silenceMs: 2000 }, never).then(
    () => 'well',
    (error: unknown) => error,
  )
  return { pipes: client, ended }
}

async function* oneByOne(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step)
}

/** A peer that says what it is told to. */
class Scripted {
  readonly pipes: BytePipes
  readonly #messages: AsyncGenerator<Message>

  constructor(pipes: BytePipes) {
    this.pipes = pipes
    this.#messages = Scripted.#read(pipes)
  }

  async say(...messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      for (const piece of encodeMessage(message)) await this.pipes.output.write(piece)
    }
  }

  async hear(): Promise<Message | undefined> {
    return (await this.#messages.next()).value ?? undefined
  }

  static async *#read(pipes: BytePipes): AsyncGenerator<Message> {
    const decoder = new MessageDecoder()
    for await (const bytes of pipes.input) yield* decoder.push(bytes)
  }
}

describe('ours with ours', () => {
  test('P-04, P-15: 1000 chunks both ways, over pipes that hold little', async () => {
    const local = await fill('local.castr', 1000)
    const index = indexOf(1000)
    const there = serve('push', '-', '-', 'x.caibx', 'remote.castr')
    const report = await push(
      there.pipes,
      { index: oneByOne(index, 1000), chunk: (id) => local.readStored(id) },
      options,
      never,
    )
    expect([report.chunks, await there.ended]).toEqual([1000, 'well'])
    expect((await readFile(at('x.caibx'))).equals(index)).toBe(true)

    const back = serve('pull', '-', '-', 'x.caibx', 'remote.castr')
    const session = kept(await PullSession.open(back.pipes, { index: true, chunks: true }, options, never))
    const pulled = CasyncIndex.parse(Buffer.concat(await Array.fromAsync(session.index())))
    const all = await Promise.all([...pulled].map(async ({ digest }) => [digest, await session.get(digest)] as const))
    for (const [id, payload] of all) openChunk(id, payload ?? { bytes: new Uint8Array(0), isCompressed: false })
    await session.close()
    expect(await back.ended).toBe('well')
  })

  test('P-05: archive, index and chunks on one connection, and stores asked in their order', async () => {
    const archive = randomBytes(200_000)
    await writeFile(at('x.catar'), archive)
    await writeFile(at('x.caibx'), indexOf(3))
    await fill('first.castr', 1)
    await fill('second.castr', 3)
    const { pipes, ended } = serve('pull', '-', 'x.catar', 'x.caibx', '-', 'first.castr', 'second.castr')
    const session = kept(await PullSession.open(pipes, { index: true, archive: true, chunks: true }, options, never))
    expect(Buffer.concat(await Array.fromAsync(session.index())).equals(indexOf(3))).toBe(true)
    expect(Buffer.concat(await Array.fromAsync(session.archive())).equals(archive)).toBe(true)
    expect((await Promise.all([0, 2, 9].map((n) => session.get(nameOf(n))))).map((p) => p !== undefined)).toEqual([
      true,
      true,
      false,
    ])
    await session.close()
    expect(await ended).toBe('well')
  })

  test('P-17: nothing outside of the folders that are served is read or written', async () => {
    for (const word of ['../x.caibx', '/etc/passwd', 'a/../../x']) {
      const [, server] = joinedPipes()
      const args = ['push', '-', '-', word, 'a.castr']
      const running = runCasyncServer({ args, pipes: server, folder, allowedFolders: ['.'] }, never)
      await expect(running).rejects.toMatchObject({ code: 'auth/denied' })
    }
  })
})

describe('P-06: replies out of order, and between pieces of an index', () => {
  test('our client takes them as they come', async () => {
    const [mine, other] = joinedPipes()
    const peer = new Scripted(other)
    const opened = PullSession.open(mine, { index: true, chunks: true }, options, never)
    await peer.say({ type: 'hello', featureFlags: 0x5n })
    const session = kept(await opened)
    const index = indexOf(5)
    await peer.say({ type: 'index', data: index.subarray(0, 70) }, { type: 'index', data: index.subarray(70) })
    await peer.say({ type: 'index-eof' })
    expect(Buffer.concat(await Array.fromAsync(session.index())).equals(index)).toBe(true)
    const all = [0, 1, 2, 3, 4].map((number) => session.get(nameOf(number)))
    expect(await peer.hear()).toMatchObject({ type: 'hello', featureFlags: 0xc0n })
    for (let number = 0; number < 5; number++) {
      expect(await peer.hear()).toEqual({ type: 'request', isHighPriority: true, ids: [nameOf(number)] })
    }
    for (const number of [4, 2, 0, 1]) {
      await peer.say({ type: 'chunk', id: nameOf(number), isCompressed: false, data: content(number) })
    }
    await peer.say(
      { type: 'chunk', id: nameOf(4), isCompressed: false, data: content(4) }, // once more, which is harmless
      { type: 'missing', id: nameOf(3) },
    )
    const payloads = await Promise.all(all)
    expect(payloads.map((payload) => payload && Buffer.from(payload.bytes))).toEqual(
      [0, 1, 2, 3, 4].map((number) => (number === 3 ? undefined : Buffer.from(content(number)))),
    )
  })

  test('P-08: our server answers a client that asks before the index has come, urgent things first', async () => {
    await fill('a.castr', 200)
    await writeFile(at('x.caibx'), indexOf(50_000))
    const { pipes, ended } = serve('pull', '-', '-', 'x.caibx', 'a.castr')
    const peer = new Scripted(pipes)
    const [low, high] = [Array.from({ length: 199 }, (_, n) => nameOf(n)), [nameOf(199)]]
    await peer.say({ type: 'hello', featureFlags: 0xc0n })
    await peer.say(
      { type: 'request', isHighPriority: false, ids: low },
      { type: 'request', isHighPriority: true, ids: high },
    )
    const order: string[] = []
    const index: Uint8Array[] = []
    for (let chunks = 0, isRead = false; chunks < 200 || !isRead; ) {
      const message = await peer.hear()
      if (message?.type === 'index') index.push(message.data)
      if (message?.type === 'index-eof') isRead = true
      if (message?.type !== 'chunk') continue
      chunks++
      order.push(message.id)
    }
    expect(Buffer.concat(index).equals(indexOf(50_000))).toBe(true)
    // A few are looked up already when it is asked for.
    expect(order.indexOf(nameOf(199))).toBeLessThan(60)
    await peer.say({ type: 'goodbye' })
    expect(await ended).toBe('well')
  })
})

describe('P-16: nobody waits for ever', () => {
  test('a server that stops talking, before HELLO or after', async () => {
    for (const says of [[], [{ type: 'hello', featureFlags: 0x5n }]] as const) {
      const [mine, other] = joinedPipes()
      await new Scripted(other).say(...says)
      const pulled = PullSession.open(mine, { index: true }, { silenceMs: 60 }, never).then(async (session) => {
        try {
          return await Array.fromAsync(session.index())
        } finally {
          await session.close()
        }
      })
      await expect(pulled).rejects.toMatchObject({ code: 'repository/unreachable' })
    }
  })

  test('a peer that takes nothing', async () => {
    const [mine, other] = joinedPipes(1024)
    await new Scripted(other).say({ type: 'hello', featureFlags: 0x20n })
    const pushed = push(mine, { archive: oneByOne(randomBytes(1 << 20), 65_536) }, { silenceMs: 60 }, never)
    await expect(pushed).rejects.toMatchObject({ code: 'repository/unreachable' })
  })

  test('a peer that is slow is waited for', async () => {
    const [mine, other] = joinedPipes()
    const peer = new Scripted(other)
    const opened = PullSession.open(mine, { archive: true }, { silenceMs: 1000 }, never)
    const speaking = (async () => {
      const bytes = Buffer.concat(
        [
          { type: 'hello', featureFlags: 0x10n } as const,
          { type: 'archive', data: randomBytes(40) } as const,
          { type: 'archive-eof' } as const,
        ].flatMap(encodeMessage),
      )
      for (const byte of bytes) {
        await peer.pipes.output.write(Uint8Array.of(byte))
        await sleep(1)
      }
    })()
    const session = kept(await opened)
    expect(Buffer.concat(await Array.fromAsync(session.archive())).length).toBe(40)
    await speaking
  })

  test('cancelling ends it, and the other side is told', async () => {
    const [mine, other] = joinedPipes()
    const peer = new Scripted(other)
    await peer.say({ type: 'hello', featureFlags: 0x4n })
    const controller = new AbortController()
    const session = await PullSession.open(mine, { index: true }, options, controller.signal)
    const read = Array.fromAsync(session.index())
    controller.abort()
    await expect(read).rejects.toThrow('abort')
    await session.close()
    expect([await peer.hear(), await peer.hear()]).toMatchObject([
      { type: 'hello' },
      { type: 'abort', errno: 103, reason: 'It was cancelled.' },
    ])
  })
})

describe('P-12: a push that breaks off leaves no file, whatever came before', () => {
  const bytesOf = (messages: readonly Message[]): Buffer => Buffer.concat(messages.flatMap(encodeMessage))

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
      const { pipes, ended } = serve('push', '-', '-', 'x.caibx', 'a.castr')
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
    const { pipes, ended } = serve('push', '-', '-', 'x.caibx', 'a.castr')
    const peer = new Scripted(pipes)
    await peer.say({ type: 'hello', featureFlags: 0xe00n }, { type: 'index', data: indexOf(2) }, { type: 'index-eof' })
    while ((await peer.hear())?.type !== 'request');
    await peer.say(...messages)
    expect(await ended).toBeInstanceOf(Error)
    expect(await readdir(folder)).not.toContain('x.caibx')
    if (messages[0]?.type !== 'abort') {
      let last = await peer.hear()
      for (let next = last; next !== undefined; next = await peer.hear()) last = next
      expect(last?.type).toBe('abort')
    }
  })

  test('a goodbye that comes before everything was sent is not believed', async () => {
    const [mine, other] = joinedPipes()
    await new Scripted(other).say({ type: 'hello', featureFlags: 0x20n }, { type: 'goodbye' })
    const pushed = push(mine, { archive: oneByOne(randomBytes(1 << 20), 65_536) }, options, never)
    await expect(pushed).rejects.toMatchObject({ code: 'repository/unreachable' })
  })
})

test('P-13: what the other side says on its way out is what a person reads', async () => {
  const [mine, other] = joinedPipes()
  await new Scripted(other).say({ type: 'abort', errno: 123, reason: 'HTTP request failed with status 404' })
  await expect(PullSession.open(mine, { index: true }, options, never)).rejects.toMatchObject({
    code: 'path/not-found',
    detail: 'At the far end: HTTP request failed with status 404',
  })
})

test('a rate is kept, and everything goes through', async () => {
  const written: number[] = []
  const sink = {
    write: async (bytes: Uint8Array) => void written.push(bytes.length),
    end: async () => undefined,
  }
  const paced = pacedSink(sink, { bytesPerSecond: 1_000_000, signal: never })
  const started = performance.now()
  await paced.write(new Uint8Array(200_000))
  expect(performance.now() - started).toBeGreaterThan(180)
  expect([written.length, written.reduce((sum, length) => sum + length)]).toEqual([2, 200_000])
  expect(() => pacedSink(sink, { bytesPerSecond: 0, signal: never })).toThrow(RangeError)
})
