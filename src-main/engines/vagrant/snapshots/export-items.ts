import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import type { Database } from 'better-sqlite3'
import { z } from 'zod'
import { Ref_TargetSchema } from '../generated/plugin_pb.js'
import { Job_State, TargetSchema } from '../generated/server_pb.js'
import type { SnapshotItem } from './snapshot-writer.ts'

/** Everything that was made here is of this data version (section 14.7). */
export const dataVersion = '1'
/** Our own bucket: which tokens were made, which revoked. Other servers carry it along unread. */
export const tokenBucket = 'holdfast-tokens'

const row = z.object({ key: z.string(), value: z.union([z.instanceof(Uint8Array), z.string()]) })
const targetRow = row.extend({ value: z.instanceof(Uint8Array), parent: z.string().nullable() })

/** Bucket by bucket, in the order in which an import can take them. `db` must be within a transaction: one view of all of it. */
export function* exportItems(db: Database): Generator<SnapshotItem> {
  yield { bucket: 'system', key: 'version', value: Buffer.from(dataVersion) }
  yield* bucket(db, 'server-config', 'SELECT key, value FROM system ORDER BY key')
  yield* bucket(db, 'hmac_keys', 'SELECT id AS key, message AS value FROM hmac_key ORDER BY id')
  yield* bucket(db, 'basis', 'SELECT id AS key, message AS value FROM basis ORDER BY id')
  yield* bucket(db, 'project', 'SELECT id AS key, message AS value FROM project ORDER BY id')
  yield* targets(db)
  yield* bucket(db, 'box', 'SELECT id AS key, message AS value FROM box ORDER BY id')
  yield* bucket(
    db,
    'jobs',
    // What the app itself runs is not for another server to run.
    `SELECT id AS key, message AS value FROM job
     WHERE is_external = 0 OR state IN (${Job_State.ERROR}, ${Job_State.SUCCESS}) ORDER BY id`,
  )
  yield* bucket(
    db,
    'config',
    "SELECT scope || '/' || scope_id || '/' || name AS key, message AS value FROM variable ORDER BY 1",
  )
  yield* bucket(
    db,
    tokenBucket,
    `SELECT token_id AS key, json_array(kind, created_ms, valid_until_ms, revoked_ms) AS value FROM token ORDER BY token_id`,
  )
}

function* bucket(db: Database, name: string, query: string): Generator<SnapshotItem> {
  for (const found of db.prepare(query).iterate()) {
    const { key, value } = row.parse(found)
    yield { bucket: name, key, value: typeof value === 'string' ? Buffer.from(value) : value }
  }
}

/** The parent is a column here, a field there. */
function* targets(db: Database): Generator<SnapshotItem> {
  const query = 'SELECT id AS key, message AS value, parent_id AS parent FROM target ORDER BY id'
  for (const found of db.prepare(query).iterate()) {
    const { key, value, parent } = targetRow.parse(found)
    if (parent === null) {
      yield { bucket: 'target', key, value }
      continue
    }
    const target = fromBinary(TargetSchema, value)
    target.parent = create(Ref_TargetSchema, { resourceId: parent })
    yield { bucket: 'target', key, value: toBinary(TargetSchema, target) }
  }
}
