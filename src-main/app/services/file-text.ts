/** Text of the beginning of a file, or its bytes when it is none. */
export type FileText =
  | { readonly kind: 'text'; readonly text: string; readonly truncated: boolean }
  | { readonly kind: 'binary'; readonly hex: string; readonly truncated: boolean }

/** A hex view further than this helps nobody. */
const maximumHexBytes = 16_384
/** Control characters that text may hold: tab, line feed, form feed, carriage return, escape. */
const harmless = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b])

/**
 * Decides by the content alone: a byte order mark, else UTF-8 where it is valid, else Latin-1 where it looks like text.
 * `isCut`: there is more behind these bytes, so the last character may be incomplete.
 */
export function decodeText(bytes: Uint8Array, isCut: boolean): FileText {
  const text = utf16(bytes) ?? utf8(bytes, isCut) ?? latin1(bytes)
  if (text !== undefined) return { kind: 'text', text, truncated: isCut }
  const shown = bytes.subarray(0, maximumHexBytes)
  return { kind: 'binary', hex: Buffer.from(shown).toString('hex'), truncated: isCut || shown.length < bytes.length }
}

/** Takes at most `limit` bytes of a stream, and says whether there were more. */
export async function takeBytes(
  content: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ bytes: Uint8Array; isCut: boolean }> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of content) {
    parts.push(part)
    length += part.length
    if (length > limit) break
  }
  const all = Buffer.concat(parts)
  return { bytes: all.subarray(0, limit), isCut: all.length > limit }
}

function utf16(bytes: Uint8Array): string | undefined {
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(even)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(even)
  return undefined
}

function utf8(bytes: Uint8Array, isCut: boolean): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    // `stream` lets an incomplete character at the end pass.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return undefined
  }
}

function latin1(bytes: Uint8Array): string | undefined {
  for (const byte of bytes) {
    const isControl = byte < 0x20 || (byte >= 0x7f && byte < 0xa0)
    if (isControl && !harmless.has(byte)) return undefined
  }
  return new TextDecoder('latin1').decode(bytes)
}
