import { type ErrorCode, HoldfastError } from '../../../src-shared/errors.ts'

/** SQLite's primary result codes that mean something to a person. Extended codes start with one of them. */
const meanings: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_CORRUPT', 'catalog/corrupt'],
  ['SQLITE_NOTADB', 'catalog/corrupt'],
  ['SQLITE_BUSY', 'catalog/busy'],
  ['SQLITE_LOCKED', 'catalog/busy'],
  ['SQLITE_FULL', 'disk/full'],
  ['SQLITE_READONLY', 'disk/read-only'],
]

/** What a failure of SQLite means to a person; anything else comes back as it is. */
export function translateSqliteError(error: unknown, hint: string): unknown {
  const code = sqliteCode(error)
  const found = code === undefined ? undefined : meanings.find(([prefix]) => code.startsWith(prefix))?.[1]
  if (found === undefined) return error
  return new HoldfastError(found, { cause: error, hint: found === 'catalog/corrupt' ? hint : undefined })
}

/** SQLite's code of an error, such as `SQLITE_BUSY` or `SQLITE_CONSTRAINT_UNIQUE`. Not `instanceof`: each thread has its own class. */
export function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'SqliteError' || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** The same store, whose methods throw `HoldfastError`s where SQLite failed. Methods must be synchronous own properties. */
export function translating<Store extends object>(store: Store, hint: string): Store {
  const wrapped: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(store)) {
    wrapped[name] =
      typeof member !== 'function'
        ? member
        : (...parameters: unknown[]) => {
            try {
              return member.apply(store, parameters)
            } catch (error) {
              throw translateSqliteError(error, hint)
            }
          }
  }
  return wrapped as Store // the same names with the same signatures
}
