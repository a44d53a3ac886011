import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { KvBlock } from './kv-block.ts'

/** What an agent said in a block with `status=FAILED`, before the stream or inside it. */
export function agentFailure(message: string): HoldfastError {
  return new HoldfastError('mysql/agent-refused', { detail: clean(message) })
}

/** Throws when a block says that it failed. */
export function requireNotFailed(block: KvBlock): void {
  if (block.get('status') === 'FAILED') throw agentFailure(block.get('msg') ?? 'It did not say why.')
}

function clean(message: string): string {
  return message.replaceAll('\\n', '\n').slice(0, 4000)
}
