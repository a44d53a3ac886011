/**
 * File names are bytes; the contract and JSON want strings. Valid UTF-8 becomes the text it is. Every byte that is not
 * part of valid UTF-8 becomes the lone surrogate U+DC80 … U+DCFF, as Python's surrogateescape does, so that each name
 * has exactly one text and comes back byte for byte. JSON keeps lone surrogates (`JSON.stringify` escapes them).
 */
export function bytesToPathText(bytes: Uint8Array): string {
  let text = ''
  let i = 0
  while (i < bytes.length) {
    const byte = bytes[i]!
    if (byte < 0x80) {
      text += String.fromCharCode(byte)
      i += 1
      continue
    }
    const length = sequenceLength(bytes, i)
    if (length === 0) {
      text += String.fromCharCode(0xdc00 | byte)
      i += 1
      continue
    }
    let codePoint = byte & (0xff >> (length + 1))
    for (let k = 1; k < length; k++) codePoint = (codePoint << 6) | (bytes[i + k]! & 0x3f)
    text += String.fromCodePoint(codePoint)
    i += length
  }
  return text
}

/** The inverse of `bytesToPathText`. A lone surrogate outside U+DC80 … U+DCFF has no bytes and is encoded as U+FFFD. */
export function pathTextToBytes(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < 0x80) bytes.push(code)
    else if (code >= 0xdc80 && code <= 0xdcff) bytes.push(code & 0xff)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f))
    else if (code >= 0xd800 && code <= 0xdfff) bytes.push(0xef, 0xbf, 0xbd)
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    else
      bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
  }
  return Uint8Array.from(bytes)
}

/** For the eye only: bytes that are not text show as U+FFFD. */
export function displayPath(text: string): string {
  return text.replace(/[\udc80-\udcff]/g, (match, index: number) => (isLowOfPair(text, index) ? match : '\ufffd'))
}

function isLowOfPair(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1)
  return before >= 0xd800 && before <= 0xdbff
}

/** Length of the valid UTF-8 sequence at `i`, or 0. Overlong forms, surrogates and code points past U+10FFFF are not valid. */
function sequenceLength(bytes: Uint8Array, i: number): number {
  const first = bytes[i]!
  const second = bytes[i + 1] ?? 0
  let length: number
  if (first >= 0xc2 && first <= 0xdf) length = 2
  else if (first >= 0xe0 && first <= 0xef) {
    if (first === 0xe0 && second < 0xa0) return 0
    if (first === 0xed && second > 0x9f) return 0
    length = 3
  } else if (first >= 0xf0 && first <= 0xf4) {
    if (first === 0xf0 && second < 0x90) return 0
    if (first === 0xf4 && second > 0x8f) return 0
    length = 4
  } else return 0
  for (let k = 1; k < length; k++) if (((bytes[i + k] ?? 0) & 0xc0) !== 0x80) return 0
  return length
}
