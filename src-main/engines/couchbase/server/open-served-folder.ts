import { readdir } from 'node:fs/promises'
import { pullSnapshot } from '../client/pull-snapshot.ts'
import { openNodeBucket } from './node-bucket.ts'
import type { ServedBucket } from './served-bucket.ts'
import { openStoredBucket } from './stored-bucket.ts'

/**
 * Offers a folder whichever layout it has: that of a node's bucket (`<vb>.couch.<rev>`, `snapshots/`), into which others
 * may also be told to download, or that of a backup (a folder for each vbucket), which is never changed.
 */
export async function openServedFolder(
  options: { readonly name: string; readonly folder: string; readonly vbucketCount?: number | undefined },
  signal: AbortSignal,
): Promise<ServedBucket> {
  const { name, folder, vbucketCount = 1024 } = options
  const names = await readdir(folder)
  const isStored = names.some((entry) => /^\d{1,5}$/.test(entry))
  if (isStored) return openStoredBucket({ name, folder, signal })
  return openNodeBucket({ name, folder, vbucketCount, pull: pullSnapshot, signal })
}
