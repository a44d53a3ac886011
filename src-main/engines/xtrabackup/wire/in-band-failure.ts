import { ProtocolError } from '../../../../src-shared/errors.ts'
import { agentFailure, requireNotFailed } from './agent-failure.ts'
import { readBlock } from './kv-block.ts'
import { protocolName } from './limits.ts'
import type { MessageReader } from './message-reader.ts'

/** How far back from the end of a stream its last words may begin (spec xtrabackup-agent §7). */
export const failureTailBytes = 64 * 1024

const lastWords = /2\n(?:status=FAILED\nmsg=([^\n]*)|msg=([^\n]*)\nstatus=FAILED)\n\n$/

/**
 * The original writes the block that says what went wrong into the data (spec §7, case C). Where data cannot be what is
 * next, this reads it as such a block; what is neither is a corrupt stream. Returns what to throw.
 */
export async function failureAt(reader: MessageReader, otherwise: string): Promise<Error> {
  const at = reader.window.position
  try {
    requireNotFailed(await readBlock(reader))
  } catch (error) {
    if (!(error instanceof ProtocolError)) return error as Error // agentFailure, or the signal's reason
  }
  return new ProtocolError(protocolName, 'stream', at, `it is corrupt: ${otherwise}`)
}

/** The same for a stream of plain bytes that has ended: `tail` is its end. */
export function failureInTail(tail: Uint8Array): Error | undefined {
  const match = lastWords.exec(Buffer.from(tail).toString('utf8'))
  return match === null ? undefined : agentFailure(match[1] ?? match[2] ?? '')
}
