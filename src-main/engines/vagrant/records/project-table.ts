import { clone, create } from '@bufbuild/protobuf'
import { Ref_BasisSchema, Ref_TargetSchema } from '../generated/plugin_pb.js'
import { BasisSchema, type Project, ProjectSchema, TargetSchema, VagrantfileSchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage, storedMessages } from '../storage/stored-message.ts'
import { mergeMessage } from '../wire/merge-message.ts'
import type { RecordTableOptions } from './basis-table.ts'
import type { RecordTable } from './record-store.ts'
import { keepsResourceId, notFound, parentMissing, Validation } from './validation.ts'

export function createProjectTable({ db, newId, cascaded }: RecordTableOptions): RecordTable<Project> {
  const byId = db.prepare('SELECT message FROM project WHERE id = ?').pluck()
  const inBasis = db
    .prepare(
      `SELECT message FROM project
       WHERE basis_id = @basis AND (@name = '' OR name = @name) AND (@path = '' OR path = @path) ORDER BY seq LIMIT 1`,
    )
    .pluck()
  const all = db.prepare('SELECT message FROM project ORDER BY seq').pluck()
  const basisById = db.prepare('SELECT message FROM basis WHERE id = ?').pluck()
  const targets = db.prepare('SELECT message FROM target WHERE project_id = ? ORDER BY seq').pluck()
  const taken = (column: 'name' | 'path') =>
    db.prepare(`SELECT 1 FROM project WHERE basis_id = ? AND ${column} = ? AND id <> ?`).pluck()
  const nameTaken = taken('name')
  const pathTaken = taken('path')
  const insert = db.prepare('INSERT INTO project (id, basis_id, name, path, message) VALUES (?, ?, ?, ?, ?)')
  const update = db.prepare('UPDATE project SET name = @name, path = @path, message = @message WHERE id = @id')
  const remove = db.prepare('DELETE FROM project WHERE id = ?')

  function validate(project: Project, validation: Validation): void {
    const basisId = project.basis?.resourceId ?? ''
    validation.require('Name', project.name)
    validation.require('Path', project.path)
    validation.require('Basis', basisId)
    validation.unique('Name', nameTaken.get(basisId, project.name, project.resourceId) !== undefined)
    validation.unique('Path', pathTaken.get(basisId, project.path, project.resourceId) !== undefined)
    validation.finish()
  }

  /** Lays over what is derived: the targets that name this project, and what its basis is called today. */
  function complete(project: Project): Project {
    const basis = withBasis(project)
    const found = storedMessages(TargetSchema, targets.all(project.resourceId))
    basis.targets = found.map(({ resourceId, name }) =>
      create(Ref_TargetSchema, { resourceId, name, project: { resourceId: project.resourceId } }),
    )
    return basis
  }

  function withBasis(project: Project): Project {
    const basis = storedMessage(BasisSchema, basisById.get(project.basis?.resourceId ?? ''))
    if (basis === undefined) return project
    project.basis = create(Ref_BasisSchema, { resourceId: basis.resourceId, name: basis.name, path: basis.path })
    return project
  }

  const get = (resourceId: string): Project | undefined => {
    const found = storedMessage(ProjectSchema, byId.get(resourceId))
    return found === undefined ? undefined : complete(found)
  }

  const table: RecordTable<Project> = {
    create: db.transaction((sent: Project) => {
      const project = clone(ProjectSchema, sent)
      project.targets = []
      const validation = new Validation()
      validation.unique('ResourceId', project.resourceId !== '' && byId.get(project.resourceId) !== undefined)
      if (project.resourceId === '') project.resourceId = newId()
      validate(project, validation)
      const basisId = project.basis?.resourceId ?? ''
      if (basisById.get(basisId) === undefined) throw notFound('basis')
      project.basis = create(Ref_BasisSchema, { resourceId: basisId })
      insert.run(project.resourceId, basisId, project.name, project.path, storedBytes(ProjectSchema, project))
      return complete(project)
    }),
    upsert: db.transaction((sent: Project) => {
      const stored = sent.resourceId === '' ? undefined : storedMessage(ProjectSchema, byId.get(sent.resourceId))
      if (stored === undefined) return table.create(sent)
      keepsResourceId(stored.resourceId, sent.resourceId)
      mergeMessage(ProjectSchema, stored, sent, ['resourceId', 'basis', 'targets', 'configuration'])
      if (sent.configuration !== undefined) {
        stored.configuration ??= create(VagrantfileSchema)
        delete stored.configuration.finalized
        mergeMessage(VagrantfileSchema, stored.configuration, sent.configuration)
      }
      validate(stored, new Validation())
      const { resourceId: id, name, path } = stored
      update.run({ id, name, path, message: storedBytes(ProjectSchema, stored) })
      return complete(stored)
    }),
    get,
    find: (wanted) => {
      const hit = wanted.resourceId === '' ? undefined : get(wanted.resourceId)
      if (hit !== undefined) return hit
      const basis = wanted.basis?.resourceId ?? ''
      if (basis === '') throw parentMissing('project')
      if (wanted.name === '' && wanted.path === '') return undefined
      const found = storedMessage(ProjectSchema, inBasis.get({ basis, name: wanted.name, path: wanted.path }))
      return found === undefined ? undefined : complete(found)
    },
    list: () => storedMessages(ProjectSchema, all.all()).map(withBasis),
    delete: (resourceId) => {
      if (remove.run(resourceId).changes > 0) cascaded()
    },
  }
  return table
}
