import { clone, create } from '@bufbuild/protobuf'
import type { Database } from 'better-sqlite3'
import { Ref_ProjectSchema } from '../generated/plugin_pb.js'
import { type Basis, BasisSchema, ProjectSchema, VagrantfileSchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage, storedMessages } from '../storage/stored-message.ts'
import { mergeMessage } from '../wire/merge-message.ts'
import type { RecordTable } from './record-store.ts'
import { keepsResourceId, Validation } from './validation.ts'

export interface RecordTableOptions {
  readonly db: Database
  newId(): string
  /** After rows were deleted that take others along. */
  cascaded(): void
}

export function createBasisTable({ db, newId, cascaded }: RecordTableOptions): RecordTable<Basis> {
  const byId = db.prepare('SELECT message FROM basis WHERE id = ?').pluck()
  const byNameAndPath = db
    .prepare(
      "SELECT message FROM basis WHERE (@name = '' OR name = @name) AND (@path = '' OR path = @path) ORDER BY seq LIMIT 1",
    )
    .pluck()
  const all = db.prepare('SELECT message FROM basis ORDER BY seq').pluck()
  const projects = db.prepare('SELECT message FROM project WHERE basis_id = ? ORDER BY seq').pluck()
  const taken = (column: 'id' | 'name' | 'path') =>
    db.prepare(`SELECT 1 FROM basis WHERE ${column} = ? AND id <> ?`).pluck()
  const nameTaken = taken('name')
  const pathTaken = taken('path')
  const insert = db.prepare('INSERT INTO basis (id, name, path, message) VALUES (?, ?, ?, ?)')
  const update = db.prepare('UPDATE basis SET name = @name, path = @path, message = @message WHERE id = @id')
  const remove = db.prepare('DELETE FROM basis WHERE id = ?')

  function validate(basis: Basis, validation: Validation): void {
    validation.require('Name', basis.name)
    validation.require('Path', basis.path)
    validation.unique('Name', nameTaken.get(basis.name, basis.resourceId) !== undefined)
    validation.unique('Path', pathTaken.get(basis.path, basis.resourceId) !== undefined)
    validation.finish()
  }

  /** Lays over what is derived: the projects are those that name this basis. */
  function complete(basis: Basis): Basis {
    const found = storedMessages(ProjectSchema, projects.all(basis.resourceId))
    basis.projects = found.map(({ resourceId, name, path }) =>
      create(Ref_ProjectSchema, { resourceId, name, path, basis: { resourceId: basis.resourceId } }),
    )
    return basis
  }

  const get = (resourceId: string): Basis | undefined => {
    const found = storedMessage(BasisSchema, byId.get(resourceId))
    return found === undefined ? undefined : complete(found)
  }

  const table: RecordTable<Basis> = {
    create: db.transaction((sent: Basis) => {
      const basis = clone(BasisSchema, sent)
      basis.projects = []
      const validation = new Validation()
      // Checked against every row, its own id among them: there is no row of its own yet.
      validation.unique('ResourceId', basis.resourceId !== '' && byId.get(basis.resourceId) !== undefined)
      if (basis.resourceId === '') basis.resourceId = newId()
      validate(basis, validation)
      insert.run(basis.resourceId, basis.name, basis.path, storedBytes(BasisSchema, basis))
      return complete(basis)
    }),
    upsert: db.transaction((sent: Basis) => {
      const stored = sent.resourceId === '' ? undefined : storedMessage(BasisSchema, byId.get(sent.resourceId))
      if (stored === undefined) return table.create(sent)
      keepsResourceId(stored.resourceId, sent.resourceId)
      mergeMessage(BasisSchema, stored, sent, ['resourceId', 'projects', 'configuration'])
      if (sent.configuration !== undefined) {
        stored.configuration ??= create(VagrantfileSchema)
        mergeMessage(VagrantfileSchema, stored.configuration, sent.configuration)
      }
      validate(stored, new Validation())
      update.run({
        id: stored.resourceId,
        name: stored.name,
        path: stored.path,
        message: storedBytes(BasisSchema, stored),
      })
      return complete(stored)
    }),
    get,
    find: (wanted) => {
      const hit = wanted.resourceId === '' ? undefined : get(wanted.resourceId)
      if (hit !== undefined) return hit
      if (wanted.name === '' && wanted.path === '') return undefined
      const found = storedMessage(BasisSchema, byNameAndPath.get({ name: wanted.name, path: wanted.path }))
      return found === undefined ? undefined : complete(found)
    },
    list: () => storedMessages(BasisSchema, all.all()),
    delete: (resourceId) => {
      if (remove.run(resourceId).changes > 0) cascaded()
    },
  }
  return table
}
