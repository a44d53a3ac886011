/** A box version, leniently read (section 8.7): `v1.2`, `1.2.3-beta1`, `1.2.3beta`, `1.0+build`. */
export interface BoxVersion {
  /** At least three, padded with zeros. */
  readonly numbers: readonly bigint[]
  /** How many of them were given: `~>` needs it. */
  readonly given: number
  /** Empty for a release. */
  readonly prerelease: string
}

const form = /^v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.~-]+)|([A-Za-z~][0-9A-Za-z.~-]*))?(?:\+[0-9A-Za-z.~-]+)?$/
const maximumLength = 256

export function parseBoxVersion(text: string): BoxVersion | undefined {
  if (text.length > maximumLength) return undefined
  const match = form.exec(text)
  if (match === null) return undefined
  const numbers = (match[1] ?? '').split('.').map((number) => BigInt(number))
  const given = numbers.length
  while (numbers.length < 3) numbers.push(0n)
  return { numbers, given, prerelease: match[2] ?? match[3] ?? '' }
}

/** Number by number, then a prerelease before its release. Build metadata does not count. */
export function compareBoxVersions(a: BoxVersion, b: BoxVersion): number {
  return compareNumbers(a.numbers, b.numbers) || comparePrereleases(a.prerelease, b.prerelease)
}

export function compareNumbers(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const x = a[i] ?? 0n
    const y = b[i] ?? 0n
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}

/** Part by part: numbers by value and before words, a shorter one first. */
function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  const left = a.split('.')
  const right = b.split('.')
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const order = comparePart(left[i], right[i])
    if (order !== 0) return order
  }
  return 0
}

function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  const areNumbers = [a, b].map((text) => /^\d+$/.test(text))
  if (areNumbers[0] && areNumbers[1]) return BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0
  if (areNumbers[0] !== areNumbers[1]) return areNumbers[0] ? -1 : 1
  return a < b ? -1 : 1
}
