/** What a `Range` header asks for of a file of this size (RFC 9110 §14.2). One range of bytes; anything else is ignored, as allowed. */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { readonly from: number; readonly length: number } | 'whole' | 'unsatisfiable' {
  const match = header === undefined ? undefined : /^bytes=(\d*)-(\d*)$/.exec(header.trim())
  const [first, last] = [match?.[1] ?? '', match?.[2] ?? '']
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), sizeBytes)
    return length === 0 ? 'unsatisfiable' : { from: sizeBytes - length, length }
  }
  const from = Number(first)
  const to = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  if (last !== '' && Number(last) < from) return 'whole' // not a valid range: as if it were not there
  if (from >= sizeBytes) return 'unsatisfiable'
  return { from, length: to - from + 1 }
}
