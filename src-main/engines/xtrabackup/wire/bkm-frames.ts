import { createHash } from 'node:crypto'
import { HoldfastError, ProtocolError } from '../../../../src-shared/errors.ts'
import { requireNotFailed } from './agent-failure.ts'
import { encodeBlock, type KvBlock, readBlock } from './kv-block.ts'
import { largestBlockBytes, protocolName } from './limits.ts'
import type { MessageReader } from './message-reader.ts'

/**
 * Our own encoding (spec xtrabackup-agent §10): big-endian length and bytes; a length of 0 ends the data, and a block
 * follows that says how it went, how much it was and its SHA-256. So an end that is none is seen.
 */
export type TrailerFacts = Readonly<Record<string, string>>

/** `facts` are asked for when the data has ended; what `source` throws is passed on after a trailer that says so. */
export async function* encodeFrames(
  source: AsyncIterable<Uint8Array>,
  facts: () => Promise<TrailerFacts>,
  describe: (error: unknown) => string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let total = 0n
  let more: TrailerFacts
  try {
    for await (const piece of source) {
      for (let at = 0; at < piece.length; at += largestBlockBytes) {
        const part = piece.subarray(at, at + largestBlockBytes)
        hash.update(part)
        total += BigInt(part.length)
        const head = Buffer.alloc(4)
        head.writeUInt32BE(part.length)
        yield head
        yield part
      }
    }
    more = await facts()
  } catch (error) {
    yield trailer({ status: 'FAILED', msg: describe(error) })
    throw error
  }
  yield trailer({ status: 'DONE', bytes: String(total), sha256: hash.digest('hex'), ...more })
}

/** Calls `onTrailer` when the data ended well; its count and digest were compared then. */
export async function* decodeFrames(
  reader: MessageReader,
  onTrailer: (trailer: KvBlock) => void,
): AsyncGenerator<Uint8Array> {
  const { window } = reader
  const hash = createHash('sha256')
  let total = 0n
  for (;;) {
    await window.fill(4, 'frame')
    const length = window.view.getUint32(window.at)
    if (length > largestBlockBytes)
      throw new ProtocolError(protocolName, 'frame', window.position, `${length} bytes are too many`)
    window.at += 4
    if (length === 0) break
    for (let left = length; left > 0; ) {
      if (window.available === 0) await window.fill(1, 'frame')
      const bytes = window.bytes.subarray(window.at, window.at + Math.min(left, window.available))
      hash.update(bytes)
      window.at += bytes.length
      left -= bytes.length
      total += BigInt(bytes.length)
      yield bytes
    }
  }
  const block = await readBlock(reader)
  requireNotFailed(block)
  if (block.get('status') !== 'DONE')
    throw new ProtocolError(protocolName, 'trailer', window.position, 'its status is neither DONE nor FAILED')
  if (block.get('bytes') !== String(total) || block.get('sha256') !== hash.digest('hex'))
    throw new HoldfastError('mysql/incomplete', { detail: 'What arrived is not what the agent says it sent.' })
  onTrailer(block)
}

function trailer(pairs: TrailerFacts): Uint8Array {
  return Buffer.concat([Buffer.alloc(4), Buffer.from(encodeBlock(Object.entries(pairs)))])
}
