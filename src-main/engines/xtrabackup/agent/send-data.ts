import { encodeFrames, type TrailerFacts } from '../wire/bkm-frames.ts'
import { compressStream } from '../wire/compression.ts'
import { failedBlock } from '../wire/kv-block.ts'
import { encodeStream } from '../wire/stream-encoding.ts'
import type { KnownWishes } from './copy-wishes.ts'
import { describeFailure, type Session, ToldInData } from './session.ts'

/**
 * Everything after SENDING. A failure is written into the stream as the original does, or into the trailer of our own
 * frames, and thrown as `ToldInData`.
 */
export async function sendData(
  session: Session,
  data: AsyncIterable<Uint8Array>,
  wishes: KnownWishes,
  facts: () => Promise<TrailerFacts>,
): Promise<void> {
  const { pace } = session.state
  const counted = compressStream(count(session, data), wishes.compression)
  const paced = pace?.through(counted, session.signal) ?? counted
  try {
    const encoded =
      wishes.encoding === 'frames'
        ? encodeFrames(paced, facts, describeFailure)
        : encodeStream(wishes.encoding, paced, wishes.blockBytes)
    for await (const piece of encoded) await session.send(piece)
  } catch (error) {
    const cause = session.signal.aborted ? session.signal.reason : error
    const reason = describeFailure(cause)
    // A trailer was sent already; a caller who is gone hears nothing.
    if (wishes.encoding !== 'frames' && !session.signal.aborted) await session.send(failedBlock(reason))
    throw new ToldInData(reason, { cause })
  }
}

async function* count(session: Session, data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of data) {
    session.sentBytes += piece.length
    yield piece
  }
}
