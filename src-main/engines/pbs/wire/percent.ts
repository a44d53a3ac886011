/** Decodes `%xx`. Undefined for what is not well-formed: half an escape, or bytes that are not UTF-8. */
export function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
