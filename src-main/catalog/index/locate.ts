import type { Database } from 'better-sqlite3'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { type LineageId, type SnapshotId, snapshotId } from '../../../src-shared/model/ids.ts'
import { bytesToPathText, pathTextToBytes } from '../../../src-shared/model/path-text.ts'

/** Finds snapshots, folders and names by what the interface calls them. */
export interface Locator {
  /** Throws `snapshot/unknown`, also for one that is not indexed (yet). */
  indexed(id: SnapshotId): SnapshotPlace
  lineage(id: LineageId): { readonly lineage: number; readonly root: number }
  /** The folder with this path, whether or not a given snapshot has it; undefined when none ever did. */
  directory(root: number, path: string): number | undefined
  /** Where an entry is: the folder it is in and its name. Undefined for the root, and for what never was. */
  entry(root: number, path: string): { readonly directory: number; readonly name: number } | undefined
  child(directory: number, name: number): number | undefined
  /** Path text of a folder, from its lineage's root. */
  pathOf(directory: number): string
  nameText(name: number): string
  /** The nearest indexed snapshot of a lineage at or before, or at or after, a time. */
  atOrBefore(lineage: number, time: number): SnapshotAt | undefined
  atOrAfter(lineage: number, time: number): SnapshotAt | undefined
}

export interface SnapshotPlace {
  readonly lineage: number
  readonly root: number
  readonly time: number
  /** Time of the indexed snapshot before it. */
  readonly before: number | undefined
}

export interface SnapshotAt {
  readonly id: SnapshotId
  readonly time: number
}

export function createLocator(db: Database): Locator {
  const indexed = db.prepare<[string], { lineage: number; root: number; time: number }>(
    `SELECT lineage, root, time FROM snapshot JOIN lineage ON lineage.id = lineage
     WHERE snapshot.uuid = ? AND state = 'indexed'`,
  )
  const lineage = db.prepare<[string], { lineage: number; root: number }>(
    'SELECT id AS lineage, root FROM lineage WHERE uuid = ?',
  )
  const nameId = db.prepare<[Uint8Array], number>('SELECT id FROM name WHERE bytes = ?').pluck()
  const nameBytes = db.prepare<[number], Buffer>('SELECT bytes FROM name WHERE id = ?').pluck()
  const child = db.prepare<[number, number], number>('SELECT id FROM directory WHERE parent = ? AND name = ?').pluck()
  const parent = db.prepare<[number], { parent: number; name: number }>(
    'SELECT parent, name FROM directory WHERE id = ?',
  )
  const atOrBefore = db.prepare<[number, number], { uuid: string; time: number }>(
    "SELECT uuid, time FROM snapshot WHERE lineage = ? AND time <= ? AND state = 'indexed' ORDER BY time DESC LIMIT 1",
  )
  const atOrAfter = db.prepare<[number, number], { uuid: string; time: number }>(
    "SELECT uuid, time FROM snapshot WHERE lineage = ? AND time >= ? AND state = 'indexed' ORDER BY time LIMIT 1",
  )
  const snapshotAt = (row: { uuid: string; time: number } | undefined): SnapshotAt | undefined =>
    row === undefined ? undefined : { id: snapshotId.parse(row.uuid), time: row.time }

  const walk = (root: number, components: readonly string[]): number | undefined => {
    let directory: number | undefined = root
    for (const component of components) {
      const name = nameId.get(pathTextToBytes(component))
      if (name === undefined || directory === undefined) return undefined
      directory = child.get(directory, name)
    }
    return directory
  }

  const pathOf = (directory: number): string => {
    const components: string[] = []
    for (let row = parent.get(directory); row !== undefined && row.parent !== 0; row = parent.get(row.parent)) {
      components.push(textOf(row.name))
    }
    return components.reverse().join('/')
  }

  const textOf = (name: number): string => bytesToPathText(nameBytes.get(name) ?? new Uint8Array())

  return {
    indexed(id) {
      const row = indexed.get(id)
      if (row === undefined) throw new HoldfastError('snapshot/unknown')
      return { ...row, before: atOrBefore.get(row.lineage, row.time - 1)?.time }
    },
    lineage(id) {
      const row = lineage.get(id)
      if (row === undefined) throw new HoldfastError('snapshot/unknown')
      return row
    },
    directory: (root, path) => walk(root, componentsOf(path)),
    entry(root, path) {
      const components = componentsOf(path)
      const last = components.pop()
      if (last === undefined) return undefined
      const directory = walk(root, components)
      const name = nameId.get(pathTextToBytes(last))
      return directory === undefined || name === undefined ? undefined : { directory, name }
    },
    child: (directory, name) => child.get(directory, name),
    pathOf,
    nameText: textOf,
    atOrBefore: (of, time) => snapshotAt(atOrBefore.get(of, time)),
    atOrAfter: (of, time) => snapshotAt(atOrAfter.get(of, time)),
  }
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((component) => component !== '')
}

export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
