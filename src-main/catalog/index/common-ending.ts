import type { Database } from 'better-sqlite3'
import { kindNumber } from './version-row.ts'

export interface CommonEnding {
  /** With its dot, in lower case. */
  readonly text: string
  readonly files: number
  readonly before: number
}

/** More new files than this are judged by the first of them. */
const maximumLooked = 200_000
const longestEnding = 16

/**
 * The most frequent ending among files that came or changed between two snapshots of a lineage, and how many had it before. Undefined where no
 * file has one. Work is that of the changes, and of the names with that ending.
 */
export function commonEnding(
  db: Database,
  { lineage, older, newer }: { readonly lineage: number; readonly older: number; readonly newer: number },
): CommonEnding | undefined {
  const names = db
    .prepare<[object], Buffer>(
      `SELECT name.bytes FROM version INDEXED BY version_first JOIN name ON name.id = version.name
       WHERE lineage = :lineage AND first > :older AND first <= :newer AND last >= :newer AND kind = :file LIMIT :limit`,
    )
    .pluck()
  const counts = new Map<string, number>()
  const file = kindNumber('file')
  for (const bytes of names.iterate({ lineage, older, newer, file, limit: maximumLooked })) {
    const ending = endingOf(bytes.toString('latin1'))
    if (ending !== undefined) counts.set(ending, (counts.get(ending) ?? 0) + 1)
  }
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
  if (most === undefined) return undefined
  const [text, files] = most
  const before = db
    .prepare<[object], number>(
      `SELECT count(*) FROM version JOIN name ON name.id = version.name
       WHERE lineage = :lineage AND first <= :older AND last >= :older AND kind = :file
         AND lower(substr(cast(name.bytes AS TEXT), -length(:text))) = :text`,
    )
    .pluck()
  return { text, files, before: before.get({ lineage, older, file, text }) ?? 0 }
}

function endingOf(name: string): string | undefined {
  const dot = name.lastIndexOf('.')
  if (dot < 1 || name.length - dot > longestEnding || dot === name.length - 1) return undefined
  return name.slice(dot).toLowerCase()
}
