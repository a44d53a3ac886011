/**
 * One component of a `.caexclude` pattern against one name, as fnmatch(3) does it in the C locale with FNM_PERIOD: a
 * leading period is only matched by a period (spec casync §11). Both are bytes, one to a character.
 */
export function matchesName(pattern: string, name: string): boolean {
  let at = 0
  let next = 0
  /** Behind the last star, and where in the name it was tried last: a star that took too little takes one more. */
  let star = -1
  let tried = 0
  while (at < name.length || next < pattern.length) {
    if (pattern[next] === '*' && !(at === 0 && name[0] === '.')) {
      star = ++next
      tried = at
      continue
    }
    const step = at < name.length ? matchOne(pattern, next, name, at) : 0
    if (step > 0) {
      next += step
      at++
      continue
    }
    if (star < 0 || tried >= name.length) return false
    next = star
    at = ++tried
  }
  return true
}

/** How much of the pattern stands for the character at `at`; 0 when it is another. */
function matchOne(pattern: string, next: number, name: string, at: number): number {
  const character = name[at]
  const isLeadingPeriod = at === 0 && character === '.'
  switch (pattern[next]) {
    case '?':
      return isLeadingPeriod ? 0 : 1
    case '\\':
      return pattern[next + 1] === character ? 2 : 0
    case '[': {
      const set = readSet(pattern, next)
      // Without an end it is a bracket like any other character.
      if (set === undefined) return character === '[' ? 1 : 0
      return !isLeadingPeriod && set.has(character ?? '') ? set.length : 0
    }
    default:
      return pattern[next] === character ? 1 : 0
  }
}

interface CharacterSet {
  /** Of its text. */
  readonly length: number
  has(character: string): boolean
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the class
  cntrl: /[\x00-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[!-~]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[\t-\r ]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

/** `[abc]`, `[!a-z]`, `[[:digit:]_]`: a closing bracket that comes first is one of the characters. */
function readSet(pattern: string, open: number): CharacterSet | undefined {
  let at = open + 1
  const isNegated = pattern[at] === '!' || pattern[at] === '^'
  if (isNegated) at++
  const tests: ((character: string) => boolean)[] = []
  for (const first = at; at < pattern.length; ) {
    if (pattern[at] === ']' && at > first) {
      const length = at + 1 - open
      return { length, has: (character) => tests.some((accepts) => accepts(character)) !== isNegated }
    }
    const [named, className] = /^\[:([a-z]+):\]/.exec(pattern.slice(at)) ?? []
    if (named !== undefined && className !== undefined) {
      const members = classes[className]
      tests.push((character) => members?.test(character) === true)
      at += named.length
      continue
    }
    if (pattern[at] === '\\') at++
    const low = pattern[at++] ?? ''
    let high = low
    if (pattern[at] === '-' && pattern[at + 1] !== ']' && at + 1 < pattern.length) {
      at += pattern[at + 1] === '\\' ? 2 : 1
      high = pattern[at++] ?? ''
    }
    tests.push((character) => character >= low && character <= high)
  }
  return undefined
}
