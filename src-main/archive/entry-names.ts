const slash = 0x2f
const dot = 0x2e

/** What is wrong with an entry's name, or undefined. A restore relies on it: no name leaves its folder. */
export function entryNameProblem(name: Uint8Array, maxBytes: number): string | undefined {
  const { length } = name
  if (length === 0) return 'empty'
  if (length > maxBytes) return `longer than ${maxBytes} bytes`
  if (name[0] === dot && (length === 1 || (length === 2 && name[1] === dot))) return 'names no entry of this folder'
  for (let i = 0; i < length; i++) {
    const byte = name[i]
    if (byte === slash) return 'contains a slash'
    if (byte === 0) return 'contains a NUL'
  }
  return undefined
}

/** What is wrong with the target of a symbolic link, or undefined. Where it points is the reader's business. */
export function linkTargetProblem(target: Uint8Array, maxBytes: number): string | undefined {
  if (target.length === 0) return 'empty'
  if (target.length > maxBytes) return `longer than ${maxBytes} bytes`
  return target.includes(0) ? 'contains a NUL' : undefined
}

/** The names of a path without leading slash. */
export function splitPath(path: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = []
  let from = 0
  for (let at = path.indexOf(slash); at >= 0; at = path.indexOf(slash, from)) {
    names.push(path.subarray(from, at))
    from = at + 1
  }
  names.push(path.subarray(from))
  return names
}
