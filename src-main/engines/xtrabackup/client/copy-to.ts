import { encodeFrames } from '../wire/bkm-frames.ts'
import type { AgentClient } from './agent-client.ts'

/** Hands a backup, as an xbstream, to one of our agents that takes them. Returns the name of the folder it is in there. */
export async function copyTo(
  client: AgentClient,
  { data, sid }: { readonly data: AsyncIterable<Uint8Array>; readonly sid: string },
  signal: AbortSignal,
): Promise<string> {
  const pairs = [
    ['bkm-ext', '1'],
    ['bkm-stream-format', 'xbstream'],
  ] as const
  const exchange = await client.open({ action: 'copy to', sid, pairs }, signal)
  try {
    await exchange.block()
    for await (const piece of encodeFrames(data, async () => ({}), String)) await exchange.send(piece)
    return (await exchange.block()).get('bkm-folder') ?? ''
  } finally {
    exchange.close()
  }
}
