import { HoldfastError } from '../../../src-shared/errors.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'
import { compileExcludePattern, type ExcludePattern } from './exclude-pattern.ts'

/** The file whose lines are patterns for its directory and what is below (spec pbs §9.2). It is itself archived. */
export const excludeFileName = '.pxarexclude'

/** A file of patterns beyond this is not read: nobody writes one, and it is held in memory. */
export const maxExcludeFileBytes = 1 << 20

/** The rule that decided, and where it stands. */
export interface ExcludeRule {
  readonly pattern: ExcludePattern
  /** `undefined` is the plan itself (`--exclude`), else the path text of the file. */
  readonly file: string | undefined
}

/**
 * The patterns that are in force at one place of the walk: those of the plan, then those of each `.pxarexclude` on the
 * way down. The last that matches wins, an include among them.
 */
export class ExcludeRules {
  readonly #rules: ExcludeRule[] = []
  /** By name, the places of the rules that are one plain name; rising. */
  readonly #plain = new Map<string, number[]>()
  /** Places of all others; rising. */
  readonly #others: number[] = []

  /** Patterns of the plan, in their order, as path text. Throws `input/invalid` for one that is not a pattern. */
  constructor(patterns: readonly string[]) {
    for (const text of patterns) {
      try {
        this.#add(compileExcludePattern(pathTextToBytes(text)), undefined)
      } catch (cause) {
        if (!(cause instanceof SyntaxError)) throw cause
        throw new HoldfastError('input/invalid', { detail: `Exclude pattern ${text}: ${cause.message}.`, cause })
      }
    }
  }

  get size(): number {
    return this.#rules.length
  }

  /**
   * Adds the lines of a `.pxarexclude`. `directory` is the path of its directory as `/a/b`, empty at the root. A line
   * that is not a pattern is passed to `report` and has no effect.
   */
  addFile(content: Uint8Array, directory: Uint8Array, report: (line: string, problem: string) => void): void {
    const file = `${bytesToPathText(directory)}/${excludeFileName}`
    for (const raw of Buffer.from(content).toString('latin1').split('\n')) {
      // Trimmed as bytes: String.trim would also take U+00A0 and U+0085, which are halves of UTF-8 here.
      const line = raw.replace(/^[ \t\r\f\v]+|[ \t\r\f\v]+$/g, '')
      if (line === '' || line.startsWith('#')) continue
      try {
        this.#add(compileExcludePattern(Buffer.from(line, 'latin1'), directory), file)
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        report(bytesToPathText(Buffer.from(line, 'latin1')), error.message)
      }
    }
  }

  /** Forgets every rule that was added since `size` was what it is given here: the directory was left. */
  truncate(size: number): void {
    while (this.#rules.length > size) {
      // the loop's condition: there is a last one
      const { pattern } = this.#rules.pop()!
      if (pattern.plainName === undefined) this.#others.pop()
      else this.#plain.get(pattern.plainName)?.pop()
    }
  }

  /**
   * The rule that excludes this entry, if one does. `path` begins with a slash and is valid up to `length`; the name
   * begins at `nameAt`.
   */
  find(path: Buffer, nameAt: number, length: number, isDirectory: boolean): ExcludeRule | undefined {
    let best = -1
    if (this.#plain.size > 0) {
      const places = this.#plain.get(path.toString('latin1', nameAt, length))
      if (places !== undefined) best = this.#lastFitting(places, isDirectory)
    }
    for (let i = this.#others.length - 1; i >= 0; i--) {
      // i is within #others, whose values are places of #rules
      const place = this.#others[i]!
      if (place < best) break
      const { pattern } = this.#rules[place]!
      if ((isDirectory || !pattern.directoriesOnly) && pattern.matches(path, length)) {
        best = place
        break
      }
    }
    const rule = this.#rules[best]
    return rule === undefined || rule.pattern.isInclude ? undefined : rule
  }

  #lastFitting(places: readonly number[], isDirectory: boolean): number {
    if (isDirectory) return places.at(-1) ?? -1
    // values of #plain are places of #rules
    return places.findLast((place) => !this.#rules[place]!.pattern.directoriesOnly) ?? -1
  }

  #add(pattern: ExcludePattern | undefined, file: string | undefined): void {
    if (pattern === undefined) return
    const place = this.#rules.push({ pattern, file }) - 1
    if (pattern.plainName === undefined) this.#others.push(place)
    else {
      const places = this.#plain.get(pattern.plainName)
      if (places === undefined) this.#plain.set(pattern.plainName, [place])
      else places.push(place)
    }
  }
}

/** "excluded by *.tmp", for the list of what a backup left out. */
export function describeRule({ pattern, file }: ExcludeRule): string {
  return file === undefined ? `Excluded by ${pattern.text}` : `Excluded by ${pattern.text} in ${file}`
}
