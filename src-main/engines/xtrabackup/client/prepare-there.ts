import type { KvBlock } from '../wire/kv-block.ts'
import type { AgentClient } from './agent-client.ts'

export interface PrepareOrder {
  /** As `copyTo` returned it: the full. */
  readonly folder: string
  /** Those that build on it, in their order. */
  readonly incrementals: readonly string[]
  /** Hears what the tool says there, some of it. */
  readonly onLine?: ((line: string) => void) | undefined
}

/** Has one of our agents prepare what it was brought. The block says which folder a server can be started on. */
export async function prepareThere(client: AgentClient, order: PrepareOrder, signal: AbortSignal): Promise<KvBlock> {
  const { folder, incrementals, onLine } = order
  const pairs = [
    ['bkm-ext', '1'],
    ['bkm-folder', folder],
    ...(incrementals.length === 0 ? [] : [['bkm-incrementals', incrementals.join(' ')] as const]),
  ] as const
  const exchange = await client.open({ action: 'prepare', pairs }, signal)
  try {
    for (;;) {
      const block = await exchange.block()
      if (block.get('status') === 'OK') return block
      const line = block.get('msg')
      if (line !== undefined) onLine?.(line)
    }
  } finally {
    exchange.close()
  }
}
