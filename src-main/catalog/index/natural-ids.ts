import { createHash } from 'node:crypto'
import {
  type LineageId,
  lineageId,
  type RepositoryId,
  type SnapshotId,
  snapshotId,
} from '../../../src-shared/model/ids.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'

/** Ids follow from what they name, so that jobs, links and receipts still mean the same snapshot after the index was rebuilt. */
export function snapshotIdOf(repository: RepositoryId, ref: SnapshotRef): SnapshotId {
  return snapshotId.parse(uuidOf(['snapshot', repository, ref.namespace, ref.type, ref.backupId, String(ref.time)]))
}

export function lineageIdOf(repository: RepositoryId, group: Omit<SnapshotRef, 'time'>): LineageId {
  return lineageId.parse(uuidOf(['lineage', repository, group.namespace, group.type, group.backupId]))
}

/** A version 8 UUID (RFC 9562 §5.8) of the SHA-256 of the parts. */
function uuidOf(parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest()
  hash[6] = (hash.readUInt8(6) & 0x0f) | 0x80
  hash[8] = (hash.readUInt8(8) & 0x3f) | 0x80
  const hex = hash.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
