import { randomUUID } from 'node:crypto'
import { clone, create } from '@bufbuild/protobuf'
import { Ref_ProjectSchema, type Ref_Target, Ref_TargetSchema } from '../generated/plugin_pb.js'
import { ProjectSchema, type Target, TargetSchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage, storedMessages } from '../storage/stored-message.ts'
import { mergeMessage } from '../wire/merge-message.ts'
import type { RecordTableOptions } from './basis-table.ts'
import type { RecordTable } from './record-store.ts'
import { keepsResourceId, notFound, parentMissing, Validation } from './validation.ts'

/** How deep subtargets may be nested. Upstream has two levels. */
const maximumDepth = 32

/**
 * Targets. `parent` is a column; `subtargets` sent are made children of this target, those that are children already stay: an
 * upsert never takes away (section 8.2).
 */
export function createTargetTable({ db, newId, cascaded }: RecordTableOptions): RecordTable<Target> {
  const byId = db.prepare('SELECT message FROM target WHERE id = ?').pluck()
  const byName = db.prepare('SELECT message FROM target WHERE project_id = ? AND name = ?').pluck()
  // instr, not LIKE: a `%` in the question is a per cent sign.
  const byUuid = db.prepare('SELECT message FROM target WHERE instr(uuid, ?) > 0 ORDER BY seq LIMIT 1').pluck()
  const byUuidIn = db
    .prepare('SELECT message FROM target WHERE project_id = ? AND instr(uuid, ?) > 0 ORDER BY seq LIMIT 1')
    .pluck()
  const all = db.prepare('SELECT message FROM target ORDER BY seq').pluck()
  const projectById = db.prepare('SELECT message FROM project WHERE id = ?').pluck()
  const children = db.prepare('SELECT message FROM target WHERE parent_id = ? ORDER BY seq').pluck()
  const parentOf = db.prepare('SELECT parent_id FROM target WHERE id = ?').pluck()
  const nameTaken = db.prepare('SELECT 1 FROM target WHERE project_id = ? AND name = ? AND id <> ?').pluck()
  const uuidTaken = db.prepare('SELECT 1 FROM target WHERE uuid = ? AND id <> ?').pluck()
  const insert = db.prepare('INSERT INTO target (id, project_id, name, uuid, message) VALUES (?, ?, ?, ?, ?)')
  const update = db.prepare('UPDATE target SET name = @name, uuid = @uuid, message = @message WHERE id = @id')
  const setParent = db.prepare('UPDATE target SET parent_id = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM target WHERE id = ?')

  function validate(target: Target, validation: Validation): void {
    const projectId = target.project?.resourceId ?? ''
    validation.require('Name', target.name)
    validation.require('Project', projectId)
    validation.unique('Name', nameTaken.get(projectId, target.name, target.resourceId) !== undefined)
    validation.unique('Uuid', target.uuid !== '' && uuidTaken.get(target.uuid, target.resourceId) !== undefined)
    validation.finish()
  }

  function relate(target: Target, sent: Target): void {
    if (sent.parent !== undefined) adopt(resolve(sent.parent, target, 'Parent'), target)
    for (const ref of sent.subtargets) adopt(target, resolve(ref, target, 'Subtargets'))
  }

  function resolve(ref: Ref_Target, target: Target, field: 'Parent' | 'Subtargets'): Target {
    const found =
      ref.resourceId === ''
        ? storedMessage(TargetSchema, byName.get(target.project?.resourceId ?? '', ref.name))
        : storedMessage(TargetSchema, byId.get(ref.resourceId))
    const validation = new Validation()
    if (found === undefined) validation.add(field, 'must be an existing target')
    validation.finish()
    return found ?? target // `finish` threw when there is none
  }

  function adopt(parent: Target, child: Target): void {
    const validation = new Validation()
    if (parent.project?.resourceId !== child.project?.resourceId)
      validation.add('Project', 'project must match parent project')
    let ancestor: unknown = parent.resourceId
    for (let depth = 0; typeof ancestor === 'string'; depth++) {
      if (ancestor === child.resourceId || depth >= maximumDepth) {
        validation.add(
          'Parent',
          ancestor === child.resourceId ? 'must not be below its own subtarget' : 'is nested too deep',
        )
        break
      }
      ancestor = parentOf.get(ancestor)
    }
    validation.finish()
    setParent.run(parent.resourceId, child.resourceId)
  }

  function complete(target: Target): Target {
    withProject(target)
    const project = target.project
    const parentId = parentOf.get(target.resourceId)
    delete target.parent
    if (typeof parentId === 'string') {
      const parent = storedMessage(TargetSchema, byId.get(parentId))
      if (parent !== undefined) target.parent = refOf(parent, project)
    }
    target.subtargets = storedMessages(TargetSchema, children.all(target.resourceId)).map((child) =>
      refOf(child, project),
    )
    return target
  }

  function withProject(target: Target): Target {
    const project = storedMessage(ProjectSchema, projectById.get(target.project?.resourceId ?? ''))
    if (project === undefined) return target
    const { resourceId, name, path, basis } = project
    target.project = create(Ref_ProjectSchema, { resourceId, name, path, ...(basis && { basis }) })
    return target
  }

  const get = (resourceId: string): Target | undefined => completed(storedMessage(TargetSchema, byId.get(resourceId)))
  const completed = (found: Target | undefined) => (found === undefined ? undefined : complete(found))

  const table: RecordTable<Target> = {
    create: db.transaction((sent: Target) => {
      const target = bare(sent)
      const validation = new Validation()
      validation.unique('ResourceId', target.resourceId !== '' && byId.get(target.resourceId) !== undefined)
      if (target.resourceId === '') target.resourceId = newId()
      if (target.uuid === '') target.uuid = randomUUID()
      validate(target, validation)
      const projectId = target.project?.resourceId ?? ''
      if (projectById.get(projectId) === undefined) throw notFound('project')
      target.project = create(Ref_ProjectSchema, { resourceId: projectId })
      insert.run(target.resourceId, projectId, target.name, target.uuid, storedBytes(TargetSchema, target))
      relate(target, sent)
      return complete(target)
    }),
    upsert: db.transaction((sent: Target) => {
      const projectId = sent.project?.resourceId ?? ''
      const stored =
        storedMessage(TargetSchema, sent.resourceId === '' ? undefined : byId.get(sent.resourceId)) ??
        storedMessage(TargetSchema, byName.get(projectId, sent.name))
      if (stored === undefined) {
        if (projectId === '') throw parentMissing('target')
        return table.create(sent)
      }
      keepsResourceId(stored.resourceId, sent.resourceId)
      mergeMessage(TargetSchema, stored, bare(sent), ['resourceId', 'project'])
      stored.state = sent.state
      validate(stored, new Validation())
      const { resourceId: id, name, uuid } = stored
      update.run({ id, name, uuid: uuid === '' ? null : uuid, message: storedBytes(TargetSchema, stored) })
      relate(stored, sent)
      return complete(stored)
    }),
    get,
    find: (wanted) => {
      const hit = wanted.resourceId === '' ? undefined : get(wanted.resourceId)
      if (hit !== undefined) return hit
      const project = wanted.project?.resourceId ?? ''
      if (project === '') {
        if (wanted.uuid === '') throw parentMissing('target')
        return completed(storedMessage(TargetSchema, byUuid.get(wanted.uuid)))
      }
      const named = wanted.name === '' ? undefined : storedMessage(TargetSchema, byName.get(project, wanted.name))
      if (named !== undefined || wanted.uuid === '') return completed(named)
      return completed(storedMessage(TargetSchema, byUuidIn.get(project, wanted.uuid)))
    },
    list: () => storedMessages(TargetSchema, all.all()).map(withProject),
    delete: (resourceId) => {
      if (remove.run(resourceId).changes > 0) cascaded()
    },
  }
  return table
}

function bare(sent: Target): Target {
  const target = clone(TargetSchema, sent)
  target.subtargets = []
  delete target.parent
  return target
}

function refOf({ resourceId, name }: Target, project: Target['project']): Ref_Target {
  return create(Ref_TargetSchema, { resourceId, name, ...(project && { project }) })
}
