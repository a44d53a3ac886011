import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { blobFeatures, chooseFeatures } from '../../../archive/catar/feature-flags.ts'
import { formatRemoteCommand, type RemoteCommand } from '../address/remote-command.ts'
import { hasCasync } from '../casync-program.fixture.ts'
import { parseChunkSizes } from '../chunker/chunk-sizes.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { closeKept, kept } from '../kept.fixture.ts'
import { makeBlobIndex } from '../operations/make.ts'
import { readIndexed } from '../operations/read-indexed.ts'
import { openChunk } from '../store/chunk-payload.ts'
import { LocalStore } from '../store/local-store.ts'
import { StoreThreads } from '../store/store-threads.ts'
import { vector } from '../vectors.fixture.ts'
import { PullSession } from './pull-session.ts'
import { type PushedThings, push } from './push-session.ts'
import { type RemoteProgram, startProgram, startRemoteProgram, withLastWords } from './remote-program.ts'
import { SshStore } from './ssh-store.ts'

if (!hasCasync) {
  test('our client was tried with no real server: casync is not on the PATH', () => {
    console.warn('casync is not installed: the client was not tried with the real program')
  })
}

const { signal } = new AbortController()
const source = fileURLToPath(new URL('../testdata/protocol', import.meta.url))
const options = { silenceMs: 20_000 }

describe.runIf(hasCasync)('our client, with a real server', () => {
  let folder: string
  const at = (name: string): string => path.join(folder, name)

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'casync-client-'))
    await cp(source, folder, { recursive: true })
  })
  afterEach(async () => {
    await closeKept()
    await rm(folder, { recursive: true, force: true })
  })

  const start = (command: RemoteCommand): RemoteProgram => startProgram('casync', formatRemoteCommand(command))
  const store = (name: string): SshStore =>
    new SshStore(() => start({ verb: 'pull', store: at(name) }), options, signal)

  test('P-03: pulls an archive', async () => {
    const program = kept(start({ verb: 'pull', archive: at('tiny.catar') }))
    const session = kept(await PullSession.open(program.pipes, { archive: true }, options, signal))
    const bytes = Buffer.concat(await Array.fromAsync(session.archive()))
    expect(bytes.equals(vector('protocol/tiny.catar'))).toBe(true)
  })

  test('P-04: pulls an index and its chunks on one connection', async () => {
    const program = kept(start({ verb: 'pull', index: at('multi.caibx'), store: at('default.castr') }))
    const session = kept(await PullSession.open(program.pipes, { index: true, chunks: true }, options, signal))
    await expect(session.get('f'.repeat(64) as Digest)).rejects.toThrow('come after')
    const index = CasyncIndex.parse(Buffer.concat(await Array.fromAsync(session.index())))
    const plain = await Promise.all(
      [...index].map(async ({ digest }) => {
        const payload = await session.get(digest)
        return payload && openChunk(digest, payload)
      }),
    )
    expect(Buffer.concat(plain.map((bytes) => bytes ?? Buffer.alloc(0))).equals(vector('protocol/multi.bin'))).toBe(
      true,
    )
  })

  test('P-05, P-07, P-08: a store alone: missing chunks are undefined, one that was read is read again', async () => {
    const remote = kept(store('default.castr'))
    const [chunk] = CasyncIndex.parse(vector('protocol/multi.caibx'))
    if (chunk === undefined) throw new Error('no chunk')
    for (let time = 0; time < 3; time++) {
      expect((await remote.get(chunk.digest, {}, signal))?.length).toBe(chunk.sizeBytes)
      expect(await remote.get('f'.repeat(64) as Digest, {}, signal)).toBeUndefined()
    }
    const many = await Promise.all([0, 1, 2, 3].map(() => remote.get(chunk.digest, {}, signal)))
    expect(many.map((bytes) => bytes?.length)).toEqual(Array.from({ length: 4 }, () => chunk.sizeBytes))
  })

  test('P-14: plain, zstd, gzip and xz chunks arrive', async () => {
    const remote = kept(store('mixed.castr'))
    const parts: Uint8Array[] = []
    for (const { digest, sizeBytes } of CasyncIndex.parse(vector('protocol/multi.caibx'))) {
      parts.push((await remote.get(digest, { algorithms: ['sha512-256'], sizeBytes }, signal)) ?? new Uint8Array(0))
    }
    expect(Buffer.concat(parts).equals(vector('protocol/multi.bin'))).toBe(true)
  })

  test('P-07: what is not there is an error that says so', async () => {
    const program = kept(start({ verb: 'pull', index: at('none.caibx') }))
    const session = kept(await PullSession.open(program.pipes, { index: true }, options, signal))
    const failure = await Array.fromAsync(session.index()).catch((error: unknown) => withLastWords(error, program))
    expect(failure).toMatchObject({
      code: 'repository/unreachable',
      message: expect.stringMatching(/ended before.*No such file/),
    })
  })

  test('P-02: a server that cannot do what is wanted is refused', async () => {
    const program = kept(start({ verb: 'pull', index: at('multi.caibx') }))
    await expect(PullSession.open(program.pipes, { archive: true }, options, signal)).rejects.toThrow('not offered')
  })

  test('P-16: a program that does not exist, or says nothing', async () => {
    const none = kept(startProgram(at('no-such-program'), []))
    await expect(PullSession.open(none.pipes, { index: true }, options, signal)).rejects.toMatchObject({
      code: 'repository/unreachable',
      message: expect.stringContaining('could not be started'),
    })
    const mute = kept(startProgram('sleep', ['60']))
    const opened = PullSession.open(mute.pipes, { index: true }, { silenceMs: 50 }, signal)
    await expect(opened).rejects.toMatchObject({
      code: 'repository/unreachable',
      detail: expect.stringContaining('No answer'),
    })
  })

  const pushIndex = (name: string): PushedThings => {
    const local = new LocalStore(path.join(source, 'mixed.castr'))
    return {
      index: createReadStream(path.join(source, name), { highWaterMark: 50 }),
      chunk: (id) => local.readStored(id),
    }
  }

  test.each([
    ['an empty', 'pushed.castr', 12],
    ['a full', 'default.castr', 0],
  ])('P-10, P-11: pushes an index and its chunks into %s store', async (_, name, lacking) => {
    const program = kept(start({ verb: 'push', index: at('pushed.caibx'), store: at(name) }))
    const report = await push(program.pipes, pushIndex('multi.caibx'), options, signal)
    await program.close()
    expect(report.chunks).toBe(lacking)
    expect((await readFile(at('pushed.caibx'))).equals(vector('protocol/multi.caibx'))).toBe(true)
    const pushed = new LocalStore(at(name))
    for (const { digest } of CasyncIndex.parse(vector('protocol/multi.caibx'))) {
      expect(await pushed.read(digest)).toBeDefined()
    }
  })

  test('P-10: pushes an index with a store that is asked for nothing', async () => {
    const program = kept(start({ verb: 'push', index: at('pushed.caibx'), store: at('pushed.castr') }))
    const { index } = pushIndex('multi.caibx')
    expect(await push(program.pipes, { index }, options, signal)).toEqual({ chunks: 0, chunkBytes: 0 })
    await program.close()
    expect(await readdir(folder)).toContain('pushed.caibx')
  })

  test('P-09: pushes an archive', async () => {
    const program = kept(start({ verb: 'push', archive: at('pushed.catar') }))
    const archive = createReadStream(at('tiny.catar'), { highWaterMark: 100 })
    await push(program.pipes, { archive }, options, signal)
    await program.close()
    expect((await readFile(at('pushed.catar'))).equals(vector('protocol/tiny.catar'))).toBe(true)
  })

  test('P-12, P-13: a push that cannot go on leaves no index there', async () => {
    const program = kept(start({ verb: 'push', index: at('pushed.caibx'), store: at('pushed.castr') }))
    const things = { ...pushIndex('multi.caibx'), chunk: async () => undefined }
    await expect(push(program.pipes, things, options, signal)).rejects.toMatchObject({ code: 'chunk/missing' })
    await program.close()
    expect(program.lastWords).toContain('No such file or directory')
    expect((await readdir(folder)).filter((name) => name.includes('pushed.caibx'))).toEqual([])
  })

  test('P-16: an index alone, which casync never confirms, is given up', async () => {
    const program = kept(start({ verb: 'push', index: at('pushed.caibx') }))
    const { index } = pushIndex('multi.caibx')
    const pushed = push(program.pipes, { index }, { silenceMs: 200 }, signal)
    await expect(pushed).rejects.toMatchObject({ code: 'repository/unreachable' })
  })

  test('P-15: 256 MiB there and back', async () => {
    const count = 256
    const seed = randomBytes(1 << 20)
    /** No two alike, nothing that can be made smaller. */
    async function* pieces(): AsyncGenerator<Uint8Array> {
      const cipher = createCipheriv('aes-128-ctr', seed.subarray(0, 16), seed.subarray(16, 32))
      for (let number = 0; number < count; number++) yield cipher.update(seed)
    }
    const header = { featureFlags: blobFeatures(chooseFeatures()), sizes: parseChunkSizes('1M') }
    const local = new LocalStore(at('local.castr'))
    const writer = kept(new StoreThreads(local, 2))
    const hash = createHash('sha512-256')
    const made = await makeBlobIndex(pieces(), { header, writer, indexFile: at('local.caibx'), hash, signal })

    const pushing = kept(start({ verb: 'push', index: at('pushed.caibx'), store: at('pushed.castr') }))
    const things = { index: createReadStream(at('local.caibx')), chunk: (id: Digest) => local.readStored(id) }
    const report = await push(pushing.pipes, things, options, signal)
    await pushing.close()
    expect(report.chunks).toBe(made.newChunks)

    const remote = kept(store('pushed.castr'))
    const index = CasyncIndex.parse(await readFile(at('pushed.caibx')))
    const digest = createHash('sha512-256')
    for await (const piece of readIndexed(index, remote, {}, signal)) digest.update(piece)
    expect(digest.digest('hex')).toBe(hash.digest('hex'))
  })

  test('P-19: the far end of ssh is started as casync starts it', async () => {
    const command = { verb: 'pull', index: at('multi.caibx'), store: at("it's a store") } as const
    const program = kept(startRemoteProgram({ host: 'me@host', sshPath: 'echo', remotePath: 'other' }, command))
    const words = Buffer.concat(await Array.fromAsync(program.pipes.input)).toString()
    expect(words).toBe(`me@host other pull - - ${at('multi.caibx')} '${at("it'\\''s a store")}'\n`)
  })
})
