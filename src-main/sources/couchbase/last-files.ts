import type { BucketReport, VbucketRow } from '../../engines/couchbase/stored-report.ts'
import type { SnapshotFile } from '../../engines/couchbase/wire/manifest.ts'

type StoredFile = VbucketRow['files'][number]

/** What the last backup of the bucket holds: the same digest is the same file, and as old. */
export class LastFiles {
  readonly #files = new Map<string, StoredFile>()

  constructor(report: BucketReport | undefined) {
    for (const { vbid, outcome, files, deks } of report?.vbuckets ?? []) {
      if (outcome === 'stored') for (const file of [...files, ...deks]) this.#files.set(`${vbid}/${file.path}`, file)
    }
  }

  /** Whether the backup has the file that a node's manifest names, as its digest says. */
  holds(vbid: number, { path, sizeBytes, sha512 }: SnapshotFile): boolean {
    return sha512 !== undefined && this.#find(vbid, { path, size: String(sizeBytes), sha512 }) !== undefined
  }

  /** The same row with the age of each file: since when its content is what it is. */
  date(row: VbucketRow): VbucketRow {
    const dated = (files: readonly StoredFile[]) =>
      files.map((file) => ({ ...file, changedAt: this.#find(row.vbid, file)?.changedAt ?? row.preparedAt }))
    return { ...row, files: dated(row.files), deks: dated(row.deks) }
  }

  #find(vbid: number, { path, size, sha512 }: StoredFile): StoredFile | undefined {
    const last = this.#files.get(`${vbid}/${path}`)
    return sha512 !== undefined && last?.sha512 === sha512 && last.size === size ? last : undefined
  }
}
