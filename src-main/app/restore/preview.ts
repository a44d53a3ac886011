import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { bytesToPathText, displayPath } from '../../../src-shared/model/path-text.ts'
import type { RestoreOptions, RestorePreview, RestorePreviewItem } from '../../../src-shared/model/restore.ts'
import type { FileSystemCalls } from '../../os/file-system-calls.ts'
import type { SnapshotReader } from '../../repositories/repository.ts'
import { type PlannedItem, planRestore } from '../../sources/files/plan-restore.ts'
import { type RestorePart, restoreParts } from './restore-parts.ts'

/** Lines that are shown; the counts cover all. */
const maximumItems = 1000
const everyMs = 250

/**
 * What a restore would do to each file. Grows until `complete`; the lines come only with the first events, as long as there is
 * room for them, and with the last. Writes nothing.
 */
export async function* previewRestore(
  reader: SnapshotReader,
  options: RestoreOptions,
  calls: FileSystemCalls,
  signal: AbortSignal,
): AsyncGenerator<RestorePreview> {
  const parts = await restoreParts(reader, options, { contents: false }, signal)
  const targetRoot = parts.map((part) => displayPath(part.target)).join(', ')
  const availableBytes = await available(parts[0]?.target)
  const items: RestorePreviewItem[] = []
  const counts = { new: 0, overwrite: 0, 'newer-on-disk': 0, identical: 0, 'keep-both': 0, skip: 0 }
  let files = 0
  let writeBytes = 0
  const state = (complete: boolean): RestorePreview => ({
    items: [...items],
    counts: { ...counts },
    files,
    writeBytes,
    ...(availableBytes === undefined ? {} : { availableBytes }),
    targetRoot,
    complete,
  })
  let lastAt = performance.now()
  for (const part of parts) {
    for await (const item of planRestore(part.entries, part.target, { calls, conflict: options.conflict }, signal)) {
      // Folders come along with what is in them; one that blocks a file is told.
      if (item.entry.kind === 'directory' && !item.isBlocked) continue
      files += 1
      counts[item.outcome] += 1
      if (item.outcome === 'new' || item.outcome === 'overwrite' || item.outcome === 'keep-both') {
        writeBytes += sizeOf(item)
      }
      if (items.length < maximumItems) items.push(describe(item, part))
      if (performance.now() - lastAt < everyMs) continue
      lastAt = performance.now()
      yield state(false)
    }
  }
  yield state(true)
}

function sizeOf({ entry }: PlannedItem): number {
  return entry.kind === 'file' ? Number(entry.sizeBytes) : 0
}

function describe(item: PlannedItem, { target, tree }: RestorePart): RestorePreviewItem {
  const path = bytesToPathText(item.path)
  const { entry, existing } = item
  return {
    path: tree === undefined ? path.slice(1) : `${tree}${path}`,
    targetPath: `${target.replace(/\/$/, '')}${path}`,
    kind: entry.kind,
    sizeBytes: sizeOf(item),
    modifiedAt: entry.kind === 'hardlink' ? 0 : Number(entry.metadata.mtimeNs / 1_000_000n),
    outcome: item.outcome,
    ...(existing === undefined
      ? {}
      : {
          onDisk: { sizeBytes: Number(existing.sizeBytes), modifiedAt: Number(existing.mtimeNs / 1_000_000n) },
        }),
  }
}

/** Of the disk the target is on, or will be. */
async function available(target: string | undefined): Promise<number | undefined> {
  for (let folder = target; folder !== undefined; folder = dirname(folder)) {
    try {
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    } catch {
      if (dirname(folder) === folder) return undefined
    }
  }
  return undefined
}
