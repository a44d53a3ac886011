import { HoldfastError } from '../../../src-shared/errors.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { type Manifest, parseManifest } from '../../storage/manifest.ts'
import type { StoredSnapshot } from '../repository.ts'

/** `UPID:node:PID8:PSTART8:TASKID8:START8:…` (spec pbs §8.8): the sixth part is when the verification began. */
const upidStart = /^UPID:[^:]+:[0-9A-F]+:[0-9A-F]+:[0-9A-F]+:([0-9A-F]{8}):/

/** A snapshot as its manifest tells it. */
export function viewOfManifest(ref: SnapshotRef, manifest: Manifest, isProtected: boolean): StoredSnapshot {
  const { notes, verify_state: verify } = manifest.unprotected
  const fingerprint = manifest.unprotected['key-fingerprint']
  return {
    ref,
    archives: manifest.files.map((file) => ({
      filename: file.filename,
      sizeBytes: file.size,
      cryptMode: file['crypt-mode'],
      csum: file.csum,
    })),
    notes: notes ?? '',
    protected: isProtected,
    keyFingerprint: fingerprint?.toLowerCase(),
    verify: verify == null ? undefined : { state: verify.state, at: startOf(verify.upid) },
    problem: undefined,
  }
}

/** A snapshot as `read` brings its manifest; with `problem` when that is damaged, undefined when it is gone. */
export async function viewOfStored(
  { ref, isProtected }: { readonly ref: SnapshotRef; readonly isProtected: boolean },
  read: () => Promise<Uint8Array>,
): Promise<StoredSnapshot | undefined> {
  try {
    return viewOfManifest(ref, parseManifest(await read()), isProtected)
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'repository/unreachable') throw error
    return error.code === 'snapshot/unknown' ? undefined : viewOfDamaged(ref, error.message, isProtected)
  }
}

/** A snapshot whose manifest cannot be read. */
export function viewOfDamaged(ref: SnapshotRef, problem: string, isProtected: boolean): StoredSnapshot {
  return {
    ref,
    archives: [],
    notes: '',
    protected: isProtected,
    keyFingerprint: undefined,
    verify: undefined,
    problem,
  }
}

/** Unix milliseconds; 0 when the text is not one that PBS writes. */
function startOf(upid: string): number {
  const start = upidStart.exec(upid)?.[1]
  return start === undefined ? 0 : Number.parseInt(start, 16) * 1000
}
