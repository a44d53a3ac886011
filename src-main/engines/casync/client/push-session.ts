import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { BytePipes } from '../exchange/byte-pipes.ts'
import { Connection, endedEarly } from '../exchange/connection.ts'
import { SendingSide } from '../exchange/sending-side.ts'
import type { ChunkPayload } from '../store/chunk-payload.ts'
import { protocolFeature as f } from '../wire/hello.ts'
import { defaultSilenceMs, type SessionOptions } from './pull-session.ts'

/** What is sent to a server. A store alone cannot be pushed to: the server asks for what an index names. */
export interface PushedThings {
  readonly index?: AsyncIterable<Uint8Array> | undefined
  /** Looks up what the server asks for, as it is stored; absent when the index goes without its chunks. */
  readonly chunk?: ((id: Digest) => Promise<ChunkPayload | undefined>) | undefined
  readonly archive?: AsyncIterable<Uint8Array> | undefined
}

export interface PushReport {
  /** That the server lacked. */
  readonly chunks: number
  readonly chunkBytes: number
}

/**
 * The client's side of a push, to its end (spec casync §3.6). Returns when the server has said that all of it is durable,
 * and has gone. Takes the pipes over.
 */
export async function push(
  pipes: BytePipes,
  things: PushedThings,
  { silenceMs = defaultSilenceMs, bytesPerSecond }: SessionOptions,
  signal: AbortSignal,
): Promise<PushReport> {
  const features = featuresOf(things)
  const totals = { chunks: 0, chunkBytes: 0 }
  let isSaidGoodbye = false
  // The server may think as long as it wants only while there is something for us to send.
  const connection: Connection = new Connection(pipes, {
    features,
    silenceMs,
    isAwaiting: () => sending.isIdle && !isSaidGoodbye,
    bytesPerSecond,
    signal,
  })
  const sending = new SendingSide(connection, {
    index: things.index,
    archive: things.archive,
    async chunk(id) {
      const payload = await things.chunk?.(id)
      // To say MISSING would end the server, and say less (§15, 7).
      if (payload === undefined) throw new HoldfastError('chunk/missing', { detail: id })
      totals.chunks++
      totals.chunkBytes += payload.bytes.length
      return payload
    },
  })
  let running: Promise<void> | undefined
  try {
    for await (const message of connection.messages()) {
      if (message.type === 'hello') {
        running = sending.run()
        running.catch((error: unknown) => connection.fail(error))
      } else if (message.type === 'request') sending.request(message)
      else if (message.type === 'goodbye') {
        isSaidGoodbye = true
        // casync believes it at any time (§15, 6).
        if (!sending.isIdle) throw endedEarly('everything was sent')
        sending.stop()
        await running
        await connection.end()
      }
    }
    if (!isSaidGoodbye) throw endedEarly('the server had everything')
    return totals
  } catch (error) {
    sending.stop()
    await connection.end(error)
    await running?.catch(() => undefined)
    throw error
  }
}

function featuresOf({ index, chunk, archive }: PushedThings): bigint {
  const chunks = chunk === undefined ? 0n : f.pushChunks | f.pushIndexChunks
  const features = (index ? f.pushIndex | chunks : 0n) | (archive ? f.pushArchive : 0n)
  if (features === 0n) throw new RangeError('nothing to push')
  return features
}
