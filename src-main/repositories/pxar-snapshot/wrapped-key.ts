import { plainDigest } from '../../storage/crypt-config.ts'
import { checkFile, findFile, parseManifest } from '../../storage/manifest.ts'
import { WRAPPED_KEY_FILENAME } from '../../storage/master-key.ts'
import { MANIFEST_FILENAME } from './base-snapshot.ts'
import type { SnapshotFiles } from './snapshot-backend.ts'

/**
 * The blob with a snapshot's key, held against its manifest, whose signature nobody can check yet: who opens the blob has
 * to compare what is in it with the fingerprint of the snapshot. Closes `files`.
 */
export async function readWrappedKey(files: SnapshotFiles, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    const row = findFile(parseManifest(await files.file(MANIFEST_FILENAME, signal)), WRAPPED_KEY_FILENAME)
    if (row === undefined) return undefined
    const blob = await files.file(WRAPPED_KEY_FILENAME, signal)
    checkFile(row, BigInt(blob.length), plainDigest(blob))
    return blob
  } finally {
    await files.close()
  }
}
