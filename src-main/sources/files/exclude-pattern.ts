/**
 * One exclude pattern in the dialect of `proxmox-backup-client` (spec pbs §9.2), compiled once and matched against bytes.
 * The text matched is `/` and the path from the root. Sets match any byte, even `/`; only `[^…]` negates.
 *
 *   *.tmp          a name anywhere            /var/cache     only at the root
 *   build/         directories only           src/**\/test    any depth between
 */
export interface ExcludePattern {
  /** As it was written, for a person. */
  readonly text: string
  readonly isInclude: boolean
  readonly directoriesOnly: boolean
  /** The pattern when it is nothing but one name at any depth: the list finds it by a map. One char a byte. */
  readonly plainName: string | undefined
  /** `path` begins with a slash and is valid up to `length`. Does not look at `directoriesOnly`. */
  matches(path: Uint8Array, length: number): boolean
}

const slash = 0x2f
const backslash = 0x5c
const star = 0x2a

/** Token numbers below 256 are literal bytes; `firstSet + n` is the n-th set. */
const anyByte = 256
const anyRun = 257
const anyDepth = 258
/** Stands before `anyDepth`: the place where the depth between may still be none. */
const depthEntry = 259
const firstSet = 260

/** A pattern longer than a path can be never matches, and bounds the work of a hostile `.pxarexclude`. */
export const maxPatternLength = 4096

/**
 * Compiles a pattern. `below` is the directory of the file that holds it, as `/a/b` (empty at the root): it anchors a
 * leading slash. Returns `undefined` for a pattern that can match nothing. Throws a `SyntaxError` for a broken set.
 */
export function compileExcludePattern(
  source: Uint8Array,
  below: Uint8Array = new Uint8Array(),
): ExcludePattern | undefined {
  if (source.length > maxPatternLength) throw new SyntaxError(`a pattern may have at most ${maxPatternLength} bytes`)
  if (source.includes(0)) throw new SyntaxError('a pattern may not contain NUL')
  const isInclude = source[0] === 0x21
  const body = normalise(isInclude ? source.subarray(1) : source)
  if (body.pattern.length === 0) return undefined
  const anchored = body.pattern[0] === slash
  const sets: Uint8Array[] = []
  const tokens = [...(anchored ? below : []), ...tokenise(body.pattern, sets)]
  const tail = literalTail(tokens)
  const isPlain = !anchored && tail.length === tokens.length && !tail.includes(slash)
  const match = createMatcher(Uint16Array.from(tokens), sets, anchored)
  return {
    text: Buffer.from(source).toString('utf8'),
    isInclude,
    directoriesOnly: body.directoriesOnly,
    plainName: isPlain ? Buffer.from(tail).toString('latin1') : undefined,
    matches: (path, length) => endsWith(path, length, tail) && match(path, length),
  }
}

/** Removes `.`, `..`, empty components and the trailing slash. An escaped character is never part of such a component. */
function normalise(source: Uint8Array): { pattern: Uint8Array; directoriesOnly: boolean } {
  const text = Buffer.from(source).toString('latin1')
  const kept: string[] = []
  for (const component of text.split('/')) {
    if (component === '' || component === '.') continue
    if (component === '..') kept.pop()
    else kept.push(component)
  }
  const lead = text.startsWith('/') && kept.length > 0 ? '/' : ''
  return { pattern: Buffer.from(lead + kept.join('/'), 'latin1'), directoriesOnly: text.endsWith('/') }
}

function tokenise(pattern: Uint8Array, sets: Uint8Array[]): number[] {
  const tokens: number[] = []
  for (let i = 0; i < pattern.length; i++) {
    // i < length
    const byte = pattern[i]!
    if (byte === backslash) {
      i += 1
      const escaped = pattern[i]
      if (escaped === undefined) throw new SyntaxError('a pattern may not end with a backslash')
      tokens.push(escaped)
    } else if (byte === 0x3f) tokens.push(anyByte)
    else if (byte === star) {
      const begin = i
      while (pattern[i + 1] === star) i += 1
      const isComponent =
        (begin === 0 || pattern[begin - 1] === slash) && (i + 1 === pattern.length || pattern[i + 1] === slash)
      if (i > begin && isComponent) tokens.push(depthEntry, anyDepth)
      else tokens.push(anyRun)
    } else if (byte === 0x5b) {
      const { table, end } = readSet(pattern, i)
      tokens.push(firstSet + sets.length)
      sets.push(table)
      i = end
    } else tokens.push(byte)
  }
  return tokens
}

const namedClasses: Readonly<Record<string, (byte: number) => boolean>> = {
  alnum: (b) => isDigit(b) || isUpper(b) || isLower(b),
  alpha: (b) => isUpper(b) || isLower(b),
  blank: (b) => b === 0x20 || b === 0x09,
  cntrl: (b) => b < 0x20 || b === 0x7f,
  digit: isDigit,
  graph: (b) => b > 0x20 && b < 0x7f,
  lower: isLower,
  // The reference counts DEL as printable.
  print: (b) => b >= 0x20 && b <= 0x7f,
  punct: (b) => b > 0x20 && b < 0x7f && !isDigit(b) && !isUpper(b) && !isLower(b),
  // The reference does not count the vertical tab.
  space: (b) => b === 0x20 || b === 0x09 || b === 0x0a || b === 0x0c || b === 0x0d,
  upper: isUpper,
  xdigit: (b) => isDigit(b) || (b >= 0x41 && b <= 0x46) || (b >= 0x61 && b <= 0x66),
}

/**
 * `[a-z_[:digit:]]`. As in the reference, a `]` closes the set wherever it stands, a range that runs backwards is turned
 * round. (The reference crashes on a set that is never closed.)
 */
function readSet(pattern: Uint8Array, begin: number): { table: Uint8Array; end: number } {
  const table = new Uint8Array(256)
  let i = begin + 1
  const negated = pattern[i] === 0x5e
  if (negated) i += 1
  let previous: number | undefined
  for (; i < pattern.length && pattern[i] !== 0x5d; i++) {
    // i < length
    const byte = pattern[i]!
    if (byte === 0x5b && pattern[i + 1] === 0x3a) {
      i = readNamedClass(pattern, i, table)
      previous = undefined
    } else if (byte === 0x2d && previous !== undefined) {
      i += 1
      if (pattern[i] === backslash) i += 1
      const end = pattern[i]
      if (end === undefined) throw new SyntaxError(`a set is not closed: byte ${begin}`)
      table.fill(1, Math.min(previous, end), Math.max(previous, end) + 1)
      previous = undefined
    } else {
      if (byte === backslash) i += 1
      const listed = pattern[i]
      if (listed === undefined) throw new SyntaxError('a pattern may not end with a backslash')
      table[listed] = 1
      previous = listed
    }
  }
  if (i >= pattern.length) throw new SyntaxError(`a set is not closed: byte ${begin}`)
  if (negated) for (let b = 0; b < 256; b++) table[b] = table[b] === 1 ? 0 : 1
  return { table, end: i }
}

function readNamedClass(pattern: Uint8Array, at: number, table: Uint8Array): number {
  const text = Buffer.from(pattern.subarray(at + 2, at + 10)).toString('latin1')
  const name = text.slice(0, Math.max(0, text.indexOf(':]')))
  const test = Object.hasOwn(namedClasses, name) ? namedClasses[name] : undefined
  if (test === undefined) throw new SyntaxError(`an unknown class of characters: byte ${at}`)
  for (let b = 0; b < 256; b++) if (test(b)) table[b] = 1
  return at + name.length + 3
}

function literalTail(tokens: readonly number[]): Uint8Array {
  const begin = tokens.findLastIndex((token) => token > 255) + 1
  return Uint8Array.from(tokens.slice(begin))
}

function endsWith(path: Uint8Array, length: number, tail: Uint8Array): boolean {
  let at = length - tail.length
  // An unanchored tail may be all there is before the first slash, so it may not reach past the beginning.
  if (at < 0) return false
  for (let i = 0; i < tail.length; i++, at++) if (path[at] !== tail[i]) return false
  return true
}

/**
 * Follows all possible positions in the pattern at once: work is bounded by pattern × path, however many stars there
 * are. An unanchored pattern begins anew after each slash.
 */
function createMatcher(tokens: Uint16Array, sets: readonly Uint8Array[], anchored: boolean) {
  let active = new Uint16Array(tokens.length + 1)
  let next = new Uint16Array(tokens.length + 1)
  const addedAt = new Uint32Array(tokens.length + 1)
  let round = 0

  function add(list: Uint16Array, count: number, state: number): number {
    if (addedAt[state] === round) return count
    addedAt[state] = round
    list[count] = state
    let size = count + 1
    const token = tokens[state]
    if (token === anyRun || token === anyDepth || token === depthEntry) size = add(list, size, state + 1)
    // `a/**/b` is also `a/b`: the depth between may be none, slash included.
    if (token === depthEntry && tokens[state + 2] === slash) size = add(list, size, state + 3)
    return size
  }

  function nextRound(): void {
    round += 1
    if (round < 0xffffffff) return
    addedAt.fill(0)
    round = 1
  }

  return (path: Uint8Array, length: number): boolean => {
    nextRound()
    let count = add(active, 0, 0)
    for (let i = 0; i < length; i++) {
      const byte = path[i]
      let size = 0
      nextRound()
      for (let k = 0; k < count; k++) {
        // k < count ≤ length of the list
        const state = active[k]!
        const token = tokens[state]
        if (token === undefined) continue
        if (token === byte || (token === anyByte && byte !== slash)) size = add(next, size, state + 1)
        else if (token === anyDepth || (token === anyRun && byte !== slash)) size = add(next, size, state)
        // a token from firstSet on has its set, and byte is within the path
        else if (token >= firstSet && sets[token - firstSet]![byte!] === 1) size = add(next, size, state + 1)
      }
      if (byte === slash && !anchored) size = add(next, size, 0)
      if (size === 0 && anchored) return false
      const spare = active
      active = next
      next = spare
      count = size
    }
    return addedAt[tokens.length] === round
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function isUpper(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a
}
