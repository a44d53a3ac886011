import { ByteWindow } from '../byte-window.ts'
import { type DecodeOptions, DecoderGrammar } from './decoder-grammar.ts'
import { headerBytes, isStreamed, itemName, itemType, pxarFormat, readHeader } from './items.ts'
import type { PxarEntry } from './pxar-entry.ts'

/**
 * Reads an archive (version 1), or the metadata stream of a split one (version 2), from front to back (spec pbs §7).
 * What breaks the grammar is refused with a ProtocolError. Unread content is skipped. Closing the generator closes the
 * pieces.
 */
export async function* decodePxar(
  pieces: AsyncIterable<Uint8Array>,
  options: DecodeOptions,
): AsyncGenerator<PxarEntry, void, undefined> {
  const input = new ByteWindow(pieces, { signal: options.signal, format: pxarFormat })
  const grammar = new DecoderGrammar(input, options)
  try {
    while (input.available >= headerBytes || (await input.fillOrEnd(headerBytes, 'item header'))) {
      const header = readHeader(input.view, input.at, input.position)
      const needed = headerBytes + (isStreamed(header) ? 0 : header.bodyBytes)
      if (input.available < needed) await input.fill(needed, itemName(header.type))
      if (header.type === itemType.goodbye && grammar.mayLeave) {
        await grammar.leave(header)
        yield { kind: 'leave' }
        continue
      }
      const entry = grammar.take(header)
      if (entry === undefined) continue
      yield entry
      if (grammar.unreadBytes > 0) await grammar.skipContent()
    }
    grammar.end()
  } finally {
    await input.close()
  }
}
