import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { hasCasync } from '../casync-program.fixture.ts'
import { CasyncIndex } from '../index/casync-index.ts'
import { openChunk, sealChunk } from '../store/chunk-payload.ts'
import { LocalStore } from '../store/local-store.ts'
import { vector } from '../vectors.fixture.ts'
import { ConnectionRules } from './connection-rules.ts'
import { encodeMessage } from './encode-message.ts'
import type { Message } from './message.ts'
import { MessageDecoder } from './message-decoder.ts'
import { RequestedChunks } from './requested-chunks.ts'

if (!hasCasync) {
  test('nothing was compared with the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: the comparison with the real program did not run')
  })
}

/** A real `casync pull` or `casync push`, spoken to message by message. */
class Peer {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #rules: ConnectionRules
  readonly #messages: AsyncGenerator<Message>

  constructor(features: bigint, args: readonly string[], cwd: string) {
    this.#child = spawn('casync', args, { cwd, stdio: 'pipe', timeout: 250_000 })
    // It may go before it has read everything.
    this.#child.stdin.on('error', () => undefined)
    this.#rules = new ConnectionRules(features)
    this.#messages = this.#read()
    this.send({ type: 'hello', featureFlags: features })
  }

  send(message: Message): void {
    this.#rules.sent(message)
    for (const piece of encodeMessage(message)) this.#child.stdin.write(piece)
  }

  /** Bytes as they are. */
  sendRaw(bytes: Uint8Array): void {
    this.#child.stdin.write(bytes)
  }

  async next(): Promise<Message | undefined> {
    return (await this.#messages.next()).value ?? undefined
  }

  /** Closes our side; its status, and what it said on its way. */
  async end(): Promise<{ readonly status: number | null; readonly errors: string }> {
    const errors: Buffer[] = []
    this.#child.stderr.on('data', (bytes: Buffer) => errors.push(bytes))
    const closed = once(this.#child, 'close')
    this.#child.stdin.end()
    for await (const _ of this.#messages);
    await closed
    return { status: this.#child.exitCode, errors: Buffer.concat(errors).toString() }
  }

  async *#read(): AsyncGenerator<Message> {
    const decoder = new MessageDecoder()
    for await (const bytes of this.#child.stdout) {
      for (const message of decoder.push(bytes)) {
        this.#rules.received(message)
        yield message
      }
    }
    decoder.finish()
  }
}

describe.runIf(hasCasync)('with a real server', () => {
  let folder: string
  const source = fileURLToPath(new URL('../testdata/protocol', import.meta.url))

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'caprotocol-'))
    await cp(source, folder, { recursive: true })
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  test.each(['default.castr', 'mixed.castr'])(
    'P-04, P-07, P-14: pull an index and its chunks out of %s',
    async (store) => {
      const peer = new Peer(0xc0n, ['pull', '-', '-', 'multi.caibx', store], folder)
      expect(await peer.next()).toEqual({ type: 'hello', featureFlags: 0x5n })
      const pieces: Uint8Array[] = []
      let message = await peer.next()
      for (; message?.type === 'index'; message = await peer.next()) pieces.push(message.data)
      expect(message).toEqual({ type: 'index-eof' })
      const index = CasyncIndex.parse(Buffer.concat(pieces))

      const absent = 'f'.repeat(64) as Digest
      const asked = new RequestedChunks()
      const wanted = [...index].map(({ digest }) => digest)
      for (const request of asked.request([...wanted, absent], false)) peer.send(request)
      const plain = new Map<string, Uint8Array>()
      const missing: string[] = []
      while (asked.waitingCount > 0) {
        const answer = await peer.next()
        if (answer?.type !== 'chunk' && answer?.type !== 'missing') throw new Error(`unexpected ${answer?.type}`)
        asked.answered(answer)
        if (answer.type === 'missing') missing.push(answer.id)
        else if (store === 'default.castr' || !isXz(answer.data)) {
          plain.set(answer.id, openChunk(answer.id, { bytes: answer.data, isCompressed: answer.isCompressed }))
        }
      }
      expect(missing).toEqual([absent])
      if (store === 'default.castr') {
        const whole = Buffer.concat(wanted.map((id) => plain.get(id) ?? Buffer.alloc(0)))
        expect(whole.equals(vector('protocol/multi.bin'))).toBe(true)
      }
      expect(await peer.end()).toEqual({ status: 0, errors: '' })
    },
  )

  test('P-03: pull an archive', async () => {
    const peer = new Peer(0x100n, ['pull', '-', 'tiny.catar', '-', '-'], folder)
    expect(await peer.next()).toEqual({ type: 'hello', featureFlags: 0x10n })
    const archive = await peer.next()
    if (archive?.type !== 'archive') throw new Error('no archive')
    expect(Buffer.from(archive.data).equals(vector('protocol/tiny.catar'))).toBe(true)
    expect(await peer.next()).toEqual({ type: 'archive-eof' })
    expect((await peer.end()).status).toBe(0)
  })

  test.each([
    ['at once', 1 << 20],
    ['in pieces of 1 byte behind the header', 1],
    ['in pieces of 41 bytes', 41],
  ])('P-10, P-11, P-12: push an index %s, and the chunks that are asked for', async (_, pieceBytes) => {
    const peer = new Peer(0xe00n, ['push', '-', '-', 'pushed.caibx', 'pushed.castr'], folder)
    expect(await peer.next()).toEqual({ type: 'hello', featureFlags: 0xan })
    const bytes = vector('protocol/multi.caibx')
    peer.send({ type: 'index', data: bytes.subarray(0, 64) })
    for (let at = 64; at < bytes.length; at += pieceBytes) {
      peer.send({ type: 'index', data: bytes.subarray(at, at + pieceBytes) })
    }
    peer.send({ type: 'index-eof' })

    const whole = vector('protocol/multi.bin')
    const plain = new Map(
      [...CasyncIndex.parse(bytes)].map(({ digest, offset, sizeBytes }) => [
        digest,
        whole.subarray(Number(offset), Number(offset) + sizeBytes),
      ]),
    )
    let message = await peer.next()
    for (; message?.type === 'request'; message = await peer.next()) {
      for (const [position, id] of message.ids.entries()) {
        const content = plain.get(id) ?? new Uint8Array(0)
        // One in three travels as it is.
        const sealed = position % 3 === 0 ? undefined : sealChunk(content, position % 3 === 1 ? 'zstd' : 'gzip')
        peer.send({ type: 'chunk', id, isCompressed: sealed !== undefined, data: sealed?.bytes ?? content })
      }
    }
    expect(message).toEqual({ type: 'goodbye' })
    expect(await peer.end()).toEqual({ status: 0, errors: '' })
    expect((await readFile(path.join(folder, 'pushed.caibx'))).equals(bytes)).toBe(true)
    const store = new LocalStore(path.join(folder, 'pushed.castr'))
    for (const [id, content] of plain) expect(Buffer.from((await store.read(id)) ?? []).equals(content)).toBe(true)
  })

  test('P-09: push an archive', async () => {
    const peer = new Peer(0x1000n, ['push', '-', 'pushed.catar', '-', '-'], folder)
    expect(await peer.next()).toEqual({ type: 'hello', featureFlags: 0x20n })
    const bytes = vector('protocol/tiny.catar')
    for (let at = 0; at < bytes.length; at += 100) peer.send({ type: 'archive', data: bytes.subarray(at, at + 100) })
    peer.send({ type: 'archive-eof' })
    expect(await peer.next()).toEqual({ type: 'goodbye' })
    expect((await peer.end()).status).toBe(0)
    expect((await readFile(path.join(folder, 'pushed.catar'))).equals(bytes)).toBe(true)
  })

  test('P-13: what we abort is not kept', async () => {
    const peer = new Peer(0xe00n, ['push', '-', '-', 'pushed.caibx', 'pushed.castr'], folder)
    await peer.next()
    peer.send({ type: 'index', data: vector('protocol/multi.caibx') })
    peer.send({ type: 'abort', errno: 28, reason: 'the disk is full' })
    const { status, errors } = await peer.end()
    expect([status, errors.trim()]).toEqual([1, expect.stringContaining('No space left on device')])
    expect(await readdir(folder)).not.toContain('pushed.caibx')
  })

  test.each<[string, Message]>([
    ['a second HELLO', { type: 'hello', featureFlags: 0xc0n }],
    ['what was not agreed upon', { type: 'archive-eof' }],
  ])('P-02: %s, which our rules forbid, is refused there, too', async (_, message) => {
    const peer = new Peer(0xc0n, ['pull', '-', '-', 'multi.caibx', 'default.castr'], folder)
    expect(() => peer.send(message)).toThrow(TypeError)
    peer.sendRaw(Buffer.concat(encodeMessage(message)))
    const { status, errors } = await peer.end()
    expect([status, errors.trim()]).toEqual([1, expect.stringContaining('Bad message')])
  })
})

function isXz(bytes: Uint8Array): boolean {
  return bytes[0] === 0xfd
}
