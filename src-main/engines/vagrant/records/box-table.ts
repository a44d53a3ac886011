import { clone } from '@bufbuild/protobuf'
import type { Ref_Box } from '../generated/plugin_pb.js'
import { type Box, BoxSchema } from '../generated/server_pb.js'
import { storedBytes, storedMessage, storedMessages } from '../storage/stored-message.ts'
import { type BoxVersion, compareBoxVersions, parseBoxVersion } from '../wire/box-version.ts'
import { failure } from '../wire/failure.ts'
import { mergeMessage } from '../wire/merge-message.ts'
import { timestamp } from '../wire/times.ts'
import { parseVersionConstraint } from '../wire/version-constraint.ts'
import type { RecordTableOptions } from './basis-table.ts'
import type { BoxTable } from './record-store.ts'
import { keepsResourceId, notFound, Validation } from './validation.ts'

/** Matches unversioned boxes too, which `> 0` would not (section 8.7). */
const anyVersion = '>= 0'

export interface BoxTableOptions extends RecordTableOptions {
  now(): number
}

export function createBoxTable({ db, newId, now }: BoxTableOptions): BoxTable {
  const byId = db.prepare('SELECT message FROM box WHERE id = ?').pluck()
  const exact = db.prepare('SELECT message FROM box WHERE name = ? AND provider = ? AND version = ?').pluck()
  const named = db
    .prepare("SELECT message FROM box WHERE name = @name AND (@provider = '' OR provider = @provider) ORDER BY seq")
    .pluck()
  const all = db.prepare('SELECT message FROM box ORDER BY seq').pluck()
  const directoryTaken = db.prepare('SELECT 1 FROM box WHERE directory = ? AND id <> ?').pluck()
  const boxTaken = db.prepare('SELECT 1 FROM box WHERE name = ? AND provider = ? AND version = ? AND id <> ?').pluck()
  const insert = db.prepare(
    'INSERT INTO box (id, directory, name, provider, version, message) VALUES (@id, @directory, @name, @provider, @version, @message)',
  )
  const update = db.prepare(
    `UPDATE box SET directory = @directory, name = @name, provider = @provider, version = @version, message = @message
     WHERE id = @id`,
  )
  const remove = db.prepare('DELETE FROM box WHERE id = ?')

  function validate(box: Box, validation: Validation): void {
    validation.require('Directory', box.directory)
    validation.require('Name', box.name)
    validation.require('Provider', box.provider)
    if (parseBoxVersion(box.version) === undefined) validation.add('Version', 'must be a version')
    validation.unique('Directory', directoryTaken.get(box.directory, box.resourceId) !== undefined)
    const isTaken = boxTaken.get(box.name, box.provider, box.version, box.resourceId) !== undefined
    for (const field of ['Name', 'Provider', 'Version'] as const) validation.unique(field, isTaken)
    validation.finish()
  }

  const row = (box: Box) => ({
    id: box.resourceId,
    directory: box.directory,
    name: box.name,
    provider: box.provider,
    version: box.version,
    message: storedBytes(BoxSchema, box),
  })
  const get = (resourceId: string): Box | undefined => storedMessage(BoxSchema, byId.get(resourceId))

  const table: BoxTable = {
    create: db.transaction((sent: Box) => {
      const box = clone(BoxSchema, sent)
      const validation = new Validation()
      validation.unique('ResourceId', box.resourceId !== '' && byId.get(box.resourceId) !== undefined)
      if (box.resourceId === '') box.resourceId = newId()
      box.version = normalized(box.version)
      box.lastUpdate = timestamp(now())
      validate(box, validation)
      insert.run(row(box))
      return box
    }),
    upsert: db.transaction((sent: Box) => {
      const stored = sent.resourceId === '' ? undefined : get(sent.resourceId)
      if (stored === undefined) return table.create(sent)
      keepsResourceId(stored.resourceId, sent.resourceId)
      mergeMessage(BoxSchema, stored, sent, ['resourceId', 'lastUpdate'])
      stored.version = normalized(stored.version)
      stored.lastUpdate = timestamp(now())
      validate(stored, new Validation())
      update.run(row(stored))
      return stored
    }),
    get,
    find: (ref) => {
      if (ref.resourceId !== '') {
        const box = get(ref.resourceId)
        if (box === undefined) throw notFound('box')
        return box
      }
      if (ref.name === '') throw failure('failed-precondition', 'Name: cannot be blank.')
      const version = ref.version === '0' ? normalized(ref.version) : ref.version
      if (ref.provider !== '' && parseBoxVersion(version) !== undefined) {
        return storedMessage(BoxSchema, exact.get(ref.name, ref.provider, version))
      }
      return highest(candidates(ref), version === '' ? anyVersion : version)
    },
    list: () => storedMessages(BoxSchema, all.all()),
    delete: (resourceId) => void remove.run(resourceId),
  }

  function candidates({ name, provider }: Ref_Box): Box[] {
    return storedMessages(BoxSchema, named.all({ name, provider }))
  }

  return table
}

function normalized(version: string): string {
  return version === '' || version === '0' ? '0.0.0' : version
}

/** Of equal versions the one that was created first. */
function highest(boxes: readonly Box[], constraintText: string): Box | undefined {
  const constraint = parseVersionConstraint(constraintText)
  if (constraint === undefined)
    throw failure('invalid-argument', `the version constraint ${constraintText} cannot be read`)
  let best: { box: Box; version: BoxVersion } | undefined
  for (const box of boxes) {
    const version = parseBoxVersion(box.version)
    if (version === undefined || !constraint(version)) continue
    if (best === undefined || compareBoxVersions(version, best.version) > 0) best = { box, version }
  }
  return best?.box
}
