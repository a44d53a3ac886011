import { copyFile, link, mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { listNames } from '../../../os/list-names.ts'
import { syncFolder } from '../../../storage/datastore/durable-file.ts'
import { hashFile } from '../hash-file.ts'
import type { SnapshotFile } from '../wire/manifest.ts'

/** The live files of a node's bucket folder (spec couchbase §11): `<vb>.couch.<rev>` and `deks/<key id>.key.<rev>`. */
const couchFile = /^(\d{1,5})\.couch\.(\d{1,10})$/
const keyFile = /^(.{1,200})\.key\.(\d{1,10})$/

/** The newest revision of each vbucket's file, by vbucket. */
export async function listCouchFiles(folder: string): Promise<ReadonlyMap<number, string>> {
  return new Map([...(await newestRevisions(folder, couchFile))].map(([vbid, name]) => [Number(vbid), name]))
}

/**
 * Puts the files of one vbucket into a new snapshot folder: the data as a hard link, of which the first `sizeBytes` bytes
 * count, and the keys as copies, since they may be rotated.
 */
export async function linkLiveFiles(
  bucketFolder: string,
  { name, target, isChecksummed }: { name: string; target: string; isChecksummed: boolean },
): Promise<{ readonly files: readonly SnapshotFile[]; readonly deks: readonly SnapshotFile[] }> {
  const data = path.join(target, name)
  await link(path.join(bucketFolder, name), data)
  const files = [await describe({ id: 1, path: name }, data, isChecksummed)]
  const deks: SnapshotFile[] = []
  for (const key of (await newestRevisions(path.join(bucketFolder, 'deks'), keyFile)).values()) {
    const at = path.join(target, 'deks', key)
    await mkdir(path.join(target, 'deks'), { recursive: true, mode: 0o700 })
    await copyFile(path.join(bucketFolder, 'deks', key), at)
    deks.push(await describe({ id: deks.length + 2, path: `deks/${key}` }, at, isChecksummed))
  }
  if (deks.length > 0) await syncFolder(path.join(target, 'deks'))
  return { files, deks }
}

async function describe(file: { id: number; path: string }, at: string, isChecksummed: boolean): Promise<SnapshotFile> {
  const { size: sizeBytes } = await stat(at, { bigint: true })
  return { ...file, sizeBytes, sha512: isChecksummed ? await hashFile(at, sizeBytes) : undefined }
}

async function newestRevisions(folder: string, shape: RegExp): Promise<ReadonlyMap<string, string>> {
  const newest = new Map<string, { readonly revision: number; readonly name: string }>()
  for (const name of await listNames(folder)) {
    const [, id, revisionText] = shape.exec(name) ?? []
    if (id === undefined) continue
    const revision = Number(revisionText)
    const known = newest.get(id)
    if (known === undefined || known.revision < revision) newest.set(id, { revision, name })
  }
  return new Map([...newest].map(([id, { name }]) => [id, name]))
}
