import { ByteWindow } from '../byte-window.ts'
import type { TreeEntry } from '../tree.ts'
import { DecoderGrammar } from './decoder-grammar.ts'
import { catarFormat, headerBytes, isStreamed, readHeader, recordName, recordType } from './records.ts'

export interface CatarDecodeOptions {
  readonly signal: AbortSignal
  /** What the index says; an archive with other flags is refused. */
  readonly featureFlags?: bigint | undefined
  /** Called before the first entry: which metadata the archive has, and how fine. */
  readonly onFeatureFlags?: ((flags: bigint) => unknown) | undefined
}

/**
 * Reads an archive from front to back (spec casync §10). What breaks the grammar is refused with a ProtocolError; so are
 * names out of order. Unread content is skipped. What follows the end of the archive is not read, as casync does it.
 * Closing the generator closes the pieces.
 */
export async function* decodeCatar(
  pieces: AsyncIterable<Uint8Array>,
  options: CatarDecodeOptions,
): AsyncGenerator<TreeEntry, void, undefined> {
  const input = new ByteWindow(pieces, { signal: options.signal, format: catarFormat })
  const grammar = new DecoderGrammar(input, options)
  try {
    while (!grammar.hasEnded) {
      if (input.available < headerBytes) await input.fill(headerBytes, 'record header')
      const header = readHeader(input.view, input.at, input.position)
      const needed = headerBytes + (isStreamed(header) ? 0 : header.bodyBytes)
      if (input.available < needed) await input.fill(needed, recordName(header.type))
      if (header.type === recordType.goodbye && grammar.mayLeave) {
        await grammar.leave(header)
        yield { kind: 'leave' }
        continue
      }
      const entry = grammar.take(header)
      if (entry === undefined) continue
      yield entry
      if (grammar.unreadBytes > 0) await grammar.skipContent()
    }
  } finally {
    await input.close()
  }
}
