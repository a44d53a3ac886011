import { ByteWindow } from '../byte-window.ts'
import type { CatarEntry } from './catar-entry.ts'
import { DecoderGrammar, type GrammarOptions } from './decoder-grammar.ts'
import { catarFormat, headerBytes, isStreamed, readHeader, recordName, recordType } from './records.ts'

export interface CatarDecodeOptions extends GrammarOptions {
  readonly signal: AbortSignal
}

/**
 * Reads an archive from front to back (spec casync §10). What breaks the grammar is refused with a ProtocolError; so are
 * names out of order. Unread content is skipped. A piece is looked at until the next is asked for, and entries are copies. What follows the end of the archive is not read, as casync does it.
 * Closing the generator closes the pieces.
 */
export async function* decodeCatar(
  pieces: AsyncIterable<Uint8Array>,
  options: CatarDecodeOptions,
): AsyncGenerator<CatarEntry, void, undefined> {
  const input = new ByteWindow(pieces, { signal: options.signal, format: catarFormat, isCopied: true })
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
