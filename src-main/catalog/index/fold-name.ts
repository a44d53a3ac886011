const decoder = new TextDecoder()

/** A name as search compares it: text in one Unicode form and lower case. Bytes that are not text become U+FFFD. */
export function foldName(bytes: Uint8Array): string {
  return foldText(decoder.decode(bytes))
}

export function foldText(text: string): string {
  return text.toWellFormed().normalize('NFC').toLowerCase()
}
