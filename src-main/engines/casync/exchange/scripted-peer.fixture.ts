import { createHash } from 'node:crypto'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import { blobFeatures, chooseFeatures } from '../../../archive/catar/feature-flags.ts'
import { chunkDigest } from '../chunk-digest.ts'
import { parseChunkSizes } from '../chunker/chunk-sizes.ts'
import { encodeIndex } from '../index/index-encoder.ts'
import { runCasyncServer } from '../server/run-casync-server.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { Message } from '../wire/message.ts'
import { MessageDecoder } from '../wire/message-decoder.ts'
import type { BytePipes } from './byte-pipes.ts'
import { joinedPipes } from './joined-pipes.fixture.ts'

/** Chunks by their number, all of 64 bytes. */
export const content = (number: number): Uint8Array => createHash('sha512').update(`chunk ${number}`).digest()
export const nameOf = (number: number): Digest => chunkDigest(content(number), 'sha512-256')

/** A .caibx of the first so many of them. */
export function indexOf(count: number): Uint8Array {
  const header = { featureFlags: blobFeatures(chooseFeatures()), sizes: parseChunkSizes('64:256:4096') }
  const chunks = Array.from({ length: count }, (_, number) => ({ digest: nameOf(number), sizeBytes: 64 }))
  return encodeIndex(header, chunks)
}

/** Our server on one end; the other end, and how the server ended. */
export function serve(
  folder: string,
  ...args: string[]
): { readonly pipes: BytePipes; readonly ended: Promise<unknown> } {
  const [client, server] = joinedPipes()
  const ended = runCasyncServer({ args, pipes: server, folder, silenceMs: 60_000 }, new AbortController().signal).then(
    () => 'well',
    (error: unknown) => error,
  )
  return { pipes: client, ended }
}

export async function* oneByOne(bytes: Uint8Array, step: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += step) yield bytes.subarray(from, from + step)
}

/** A peer that says what it is told to. */
export class Scripted {
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

  /** What the other side said last before it ended its side. */
  async lastWords(): Promise<Message | undefined> {
    let last = await this.hear()
    for (let next = last; next !== undefined; next = await this.hear()) last = next
    return last
  }

  static async *#read(pipes: BytePipes): AsyncGenerator<Message> {
    const decoder = new MessageDecoder()
    for await (const bytes of pipes.input) yield* decoder.push(bytes)
  }
}
