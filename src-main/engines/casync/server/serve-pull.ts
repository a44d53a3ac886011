import type { Digest } from '../../../../src-shared/model/digest.ts'
import { freeMemory } from '../../../storage/free-memory.ts'
import type { BytePipes } from '../exchange/byte-pipes.ts'
import { Connection } from '../exchange/connection.ts'
import { SendingSide } from '../exchange/sending-side.ts'
import { type ChunkPayload, openChunk } from '../store/chunk-payload.ts'
import type { LocalStore } from '../store/local-store.ts'
import { protocolFeature as f } from '../wire/hello.ts'
import { readServedFile } from './served-paths.ts'

export interface ServedThings {
  readonly archive?: ServedPath | undefined
  readonly index?: ServedPath | undefined
  /** In the order in which they are asked. */
  readonly stores: readonly LocalStore[]
}

export interface ServedPath {
  readonly path: string
  /** As the client wrote it: what it is told when something is wrong. */
  readonly word: string
}

export interface ServeOptions {
  /** So long a client may be silent. */
  readonly silenceMs: number
  readonly bytesPerSecond?: number | undefined
}

/**
 * `casync pull` (spec casync §3.5). Returns when the client says goodbye or closes its side, as it may at any time. What
 * goes wrong here is told to the client and thrown. Opens files after the greeting, as casync does.
 */
export async function servePull(
  pipes: BytePipes,
  { archive, index, stores }: ServedThings,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<void> {
  const connection = new Connection(pipes, {
    features:
      (stores.length > 0 ? f.readableStore : 0n) | (index ? f.readableIndex : 0n) | (archive ? f.readableArchive : 0n),
    silenceMs: options.silenceMs,
    lingers: true,
    isAwaiting: () => true,
    bytesPerSecond: options.bytesPerSecond,
    signal,
  })
  const sending = new SendingSide(connection, {
    index: index && readServedFile(index.path, index.word),
    archive: archive && readServedFile(archive.path, archive.word),
    chunk: (id) => findVerified(stores, id),
  })
  let running: Promise<void> | undefined
  try {
    for await (const message of connection.messages()) {
      if (message.type === 'goodbye') break
      if (message.type === 'request') sending.request(message)
      if (message.type !== 'hello') continue
      running = sending.run()
      running.catch((error: unknown) => connection.fail(error))
    }
    // A client closes its side when it has what it wants, and perhaps does not read on: then the rest is for nobody.
    if (running !== undefined && !sending.isIdle) throw new ClientLeft()
    sending.stop()
    await running
    await connection.end().catch(() => undefined)
  } catch (error) {
    sending.stop()
    if (error instanceof ClientLeft) {
      connection.fail(error)
      pipes.destroy()
    }
    await connection.end(error)
    await running?.catch(() => undefined)
    if (!(error instanceof ClientLeft)) throw error
  }
}

class ClientLeft extends Error {}

/** The first store that has it says what it is: a damaged chunk is not looked for elsewhere, but named. */
async function findVerified(stores: readonly LocalStore[], id: Digest): Promise<ChunkPayload | undefined> {
  for (const store of stores) {
    const payload = await store.readStored(id)
    if (payload === undefined) continue
    const plain = openChunk(id, payload)
    if (payload.isCompressed) freeMemory(plain)
    return payload
  }
  return undefined
}
