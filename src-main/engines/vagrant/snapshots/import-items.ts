import { fromBinary } from '@bufbuild/protobuf'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import {
  BasisSchema,
  BoxSchema,
  ConfigVarSchema,
  HMACKeySchema,
  JobSchema,
  ProjectSchema,
  type Snapshot_Header,
  TargetSchema,
} from '../generated/server_pb.js'
import { JobTable } from '../jobs/job-table.ts'
import { placeOf } from '../records/variable-table.ts'
import { unixMs } from '../wire/times.ts'
import { convertE1, isFromE1 } from './convert-e1.ts'
import { dataVersion, tokenBucket } from './export-items.ts'
import type { SnapshotItem } from './snapshot-writer.ts'

const tokenFacts = z.tuple([z.enum(['login', 'invite']), z.number(), z.number().nullable(), z.number().nullable()])
const stagedRow = z.object({ key: z.string(), value: z.instanceof(Uint8Array) })

/**
 * Fills an empty database with the items of a snapshot. Items come in any order: they are set down first, in a table that no
 * snapshot has, then taken bucket by bucket, parents before children. The caller wraps all of it in one transaction.
 */
export function createImport(db: Database, header: Snapshot_Header) {
  db.exec('CREATE TEMP TABLE staged (bucket TEXT, key TEXT, value BLOB, queued_ms INTEGER, PRIMARY KEY (bucket, key))')
  const stage = db.prepare('INSERT OR REPLACE INTO temp.staged VALUES (?, ?, ?, ?)')
  const isOld = isFromE1(header)
  return {
    add(item: SnapshotItem): void {
      const converted = isOld ? convertE1(item) : item
      if (converted === undefined) return
      const { bucket, key, value } = converted
      // Jobs get their places in the queue back.
      const queuedMs = bucket === 'jobs' ? unixMs(fromBinary(JobSchema, value).queueTime) : 0
      stage.run(bucket, key, value, queuedMs)
    },
    finish(): void {
      loadAll(db)
      db.exec('DROP TABLE temp.staged')
    },
  }
}

function loadAll(db: Database): void {
  const all = db.prepare('SELECT key, value FROM temp.staged WHERE bucket = ? ORDER BY queued_ms, key')
  const each = (bucket: string, take: (value: Uint8Array, key: string) => void): void => {
    for (const row of all.all(bucket)) {
      const { key, value } = stagedRow.parse(row)
      take(value, key)
    }
  }
  each('system', (value, key) => {
    const version = Buffer.from(value).toString()
    if (key === 'version' && version !== dataVersion) {
      throw new HoldfastError('catalog/newer', { detail: `The snapshot has data of version ${version}.` })
    }
  })
  const insertSystem = db.prepare('INSERT OR REPLACE INTO system VALUES (?, ?)')
  each('server-config', (value, key) => insertSystem.run(key, value))
  const insertKey = db.prepare('INSERT INTO hmac_key VALUES (?, ?)')
  each('hmac_keys', (value) => insertKey.run(fromBinary(HMACKeySchema, value).id, value))
  const insertToken = db.prepare('INSERT INTO token VALUES (?, ?, ?, ?, ?)')
  each(tokenBucket, (value, key) =>
    insertToken.run(key, ...tokenFacts.parse(JSON.parse(Buffer.from(value).toString()))),
  )
  loadRecords(db, each)
  const insertVariable = db.prepare('INSERT OR REPLACE INTO variable VALUES (?, ?, ?, ?)')
  each('config', (value) => {
    const variable = fromBinary(ConfigVarSchema, value)
    const { scope, id } = placeOf(variable)
    insertVariable.run(scope, id, variable.name, value)
  })
  const jobs = new JobTable(db)
  each('jobs', (value) => jobs.insert(fromBinary(JobSchema, value), { isExternal: false }))
}

function loadRecords(db: Database, each: (bucket: string, take: (value: Uint8Array) => void) => void): void {
  const insertBasis = db.prepare('INSERT INTO basis (id, name, path, message) VALUES (?, ?, ?, ?)')
  each('basis', (value) => {
    const { resourceId, name, path } = fromBinary(BasisSchema, value)
    insertBasis.run(resourceId, name, path, value)
  })
  const insertProject = db.prepare('INSERT INTO project (id, basis_id, name, path, message) VALUES (?, ?, ?, ?, ?)')
  each('project', (value) => {
    const { resourceId, basis, name, path } = fromBinary(ProjectSchema, value)
    insertProject.run(resourceId, basis?.resourceId ?? '', name, path, value)
  })
  const insertTarget = db.prepare('INSERT INTO target (id, project_id, name, uuid, message) VALUES (?, ?, ?, ?, ?)')
  const setParent = db.prepare('UPDATE target SET parent_id = ? WHERE id = ?')
  const parents: [parent: string, child: string][] = []
  each('target', (value) => {
    const { resourceId, project, name, uuid, parent } = fromBinary(TargetSchema, value)
    insertTarget.run(resourceId, project?.resourceId ?? '', name, uuid === '' ? null : uuid, value)
    if (parent !== undefined) parents.push([parent.resourceId, resourceId])
  })
  for (const pair of parents) setParent.run(...pair)
  const insertBox = db.prepare(
    'INSERT INTO box (id, directory, name, provider, version, message) VALUES (?, ?, ?, ?, ?, ?)',
  )
  each('box', (value) => {
    const { resourceId, directory, name, provider, version } = fromBinary(BoxSchema, value)
    const stored = version === '' || version === '0' ? '0.0.0' : version
    insertBox.run(resourceId, directory, name, provider, stored, value)
  })
}
