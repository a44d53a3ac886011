import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PullSession } from '../client/pull-session.ts'
import { push } from '../client/push-session.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { closeKept, kept } from '../kept.fixture.ts'
import { runCasyncServer } from '../server/run-casync-server.ts'
import { openChunk } from '../store/chunk-payload.ts'
import { LocalStore } from '../store/local-store.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import { joinedPipes } from './joined-pipes.fixture.ts'
import { pacedSink } from './paced-sink.ts'
import { content, indexOf, nameOf, oneByOne, Scripted, serve } from './scripted-peer.fixture.ts'

const never = new AbortController().signal
const options = { silenceMs: 10_000 }

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'exchange-'))
})
afterEach(async () => {
  await closeKept()
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string): string => path.join(folder, name)

async function fill(name: string, count: number): Promise<LocalStore> {
  const store = new LocalStore(at(name))
  for (let number = 0; number < count; number++) await store.write(nameOf(number), content(number))
  return store
}

describe('ours with ours', () => {
  test('P-04, P-15: 1000 chunks both ways, over pipes that hold little', async () => {
    const local = await fill('local.castr', 1000)
    const index = indexOf(1000)
    const there = serve(folder, 'push', '-', '-', 'x.caibx', 'remote.castr')
    const report = await push(
      there.pipes,
      { index: oneByOne(index, 1000), chunk: (id) => local.readStored(id) },
      options,
      never,
    )
    expect([report.chunks, await there.ended]).toEqual([1000, 'well'])
    expect((await readFile(at('x.caibx'))).equals(index)).toBe(true)

    const back = serve(folder, 'pull', '-', '-', 'x.caibx', 'remote.castr')
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
    const { pipes, ended } = serve(folder, 'pull', '-', 'x.catar', 'x.caibx', '-', 'first.castr', 'second.castr')
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
    const { pipes, ended } = serve(folder, 'pull', '-', '-', 'x.caibx', 'a.castr')
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
    const opened = PullSession.open(mine, { archive: true }, options, never)
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
