import { HoldfastError } from '../../../src-shared/errors.ts'
import { matchesName } from './exclude-pattern.ts'

/** The file that says what casync leaves out of an archive, in any folder of the tree (spec casync §11). */
export const excludeFileName = '.caexclude'

/** Ours: such files are written by hand. */
export const maxExcludeFileBytes = 1 << 20

interface Pattern {
  readonly isNegative: boolean
  /** Holds in this folder only; else in those below, too. */
  readonly isAnchored: boolean
  /** At least one, one name each. */
  readonly components: readonly string[]
  /** Of the last component. */
  readonly isDirectoryOnly: boolean
}

/** What is left out of one folder. Names are bytes, one to a character, as in latin1. */
export class ExcludeRules {
  static readonly none = new ExcludeRules([])
  readonly #patterns: readonly Pattern[]

  private constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns
  }

  /** With the lines of the folder's own file. Throws `input/invalid` for a pattern that casync refuses. */
  with(file: Uint8Array): ExcludeRules {
    if (file.length > maxExcludeFileBytes) throw invalid(`it has ${file.length} bytes`)
    const lines = Buffer.from(file.buffer, file.byteOffset, file.length).toString('latin1').split('\n')
    const own = lines.map(parseLine).filter((pattern) => pattern !== undefined)
    return own.length === 0 ? this : new ExcludeRules([...this.#patterns, ...own])
  }

  /** Some pattern says so, and none says otherwise, wherever it stands. */
  isExcluded(name: string, isDirectory: boolean): boolean {
    let isExcluded = false
    for (const { components, isDirectoryOnly, isNegative } of this.#patterns) {
      const [first = '', ...rest] = components
      if (rest.length > 0 || (isDirectoryOnly && !isDirectory) || !matchesName(first, name)) continue
      if (isNegative) return false
      isExcluded = true
    }
    return isExcluded
  }

  /** What holds in a folder below: what is not anchored, and what is left of the paths that lead there. */
  enter(name: string): ExcludeRules {
    const inherited = this.#patterns.flatMap((pattern): Pattern[] => {
      if (!pattern.isAnchored) return [pattern]
      const [first = '', ...rest] = pattern.components
      return rest.length > 0 && matchesName(first, name) ? [{ ...pattern, components: rest }] : []
    })
    return inherited.length === 0 ? ExcludeRules.none : new ExcludeRules(inherited)
  }
}

function parseLine(line: string): Pattern | undefined {
  const text = line.replace(/^[ \t\r\v\f]+|[ \t\r\v\f]+$/g, '')
  if (text === '' || text.startsWith('#')) return undefined
  const isNegative = text.startsWith('!')
  const path = isNegative ? text.slice(1) : text
  const components = path.split('/').filter((component) => component !== '')
  const isPossible = components.length > 0 && !components.includes('.') && !components.includes('..')
  if (!isPossible || path.includes('\0')) throw invalid(`${JSON.stringify(text)} is no pattern`)
  return { isNegative, isAnchored: path.includes('/'), components, isDirectoryOnly: path.endsWith('/') }
}

function invalid(problem: string): HoldfastError {
  return new HoldfastError('input/invalid', { detail: `A ${excludeFileName} cannot be used: ${problem}.` })
}
