import { type BoxVersion, compareBoxVersions, compareNumbers, parseBoxVersion } from './box-version.ts'

/** Whether a version satisfies all parts of a constraint. */
export type VersionConstraint = (version: BoxVersion) => boolean

const part = /^\s*(=|!=|>=|<=|~>|>|<)?\s*(\S+)\s*$/
const maximumParts = 32

/** `~> 1.2`, `> 1.0, < 3.0`, `1.2.3` (grammar of section 8.7); `undefined` when it cannot be read. */
export function parseVersionConstraint(text: string): VersionConstraint | undefined {
  const pieces = text.split(',', maximumParts + 1)
  if (pieces.length > maximumParts) return undefined
  const checks: VersionConstraint[] = []
  for (const piece of pieces) {
    const [, operator = '=', wanted = ''] = part.exec(piece) ?? []
    const version = parseBoxVersion(wanted)
    if (version === undefined) return undefined
    checks.push((candidate) => satisfies(candidate, operator, version))
  }
  return (version) => checks.every((check) => check(version))
}

function satisfies(candidate: BoxVersion, operator: string, wanted: BoxVersion): boolean {
  const order = compareBoxVersions(candidate, wanted)
  if (operator === '=') return order === 0
  if (operator === '!=') return order !== 0
  if (!prereleaseFits(candidate, wanted)) return false
  switch (operator) {
    case '>':
      return order > 0
    case '<':
      return order < 0
    case '>=':
      return order >= 0
    case '<=':
      return order <= 0
    default:
      return order >= 0 && sharesPrefix(candidate, wanted)
  }
}

/** A prerelease is only met by a constraint that names a prerelease of the same numbers. */
function prereleaseFits(candidate: BoxVersion, wanted: BoxVersion): boolean {
  if (candidate.prerelease === '') return true
  return wanted.prerelease !== '' && compareNumbers(candidate.numbers, wanted.numbers) === 0
}

/** `~>` fixes all numbers but the last given; a single one fixes nothing. */
function sharesPrefix(candidate: BoxVersion, wanted: BoxVersion): boolean {
  const fixed = wanted.given - 1
  return compareNumbers(candidate.numbers.slice(0, fixed), wanted.numbers.slice(0, fixed)) === 0
}
