import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { errorCode } from '../../os/system-error.ts'
import { MANIFESTS_FOLDER } from './stored-report.ts'
import { decodeManifest, type SnapshotManifest } from './wire/manifest.ts'

/**
 * The manifest of a stored vbucket: beside its files (`<vbid>/manifest.json`), or with those of all the others
 * (`manifests/<vbid>.json`). Undefined where there is none: a vbucket that a backup did not finish.
 *
 * @throws ProtocolError for what is no manifest
 */
export async function readStoredManifest(stored: string, vbid: string): Promise<SnapshotManifest | undefined> {
  for (const file of [path.join(vbid, 'manifest.json'), path.join(MANIFESTS_FOLDER, `${vbid}.json`)]) {
    try {
      return decodeManifest(await readFile(path.join(stored, file)))
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error
    }
  }
  return undefined
}

/**
 * The manifests of all vbuckets that a stored bucket has a folder of.
 *
 * @throws HoldfastError `couchbase/damaged` for a folder without one
 */
export async function* listStoredManifests(stored: string): AsyncGenerator<SnapshotManifest, void, undefined> {
  for (const entry of await readdir(stored)) {
    if (!/^\d{1,5}$/.test(entry)) continue
    const manifest = await readStoredManifest(stored, entry)
    if (manifest !== undefined) yield manifest
    else throw new HoldfastError('couchbase/damaged', { detail: `${path.join(stored, entry)} has no manifest.` })
  }
}
