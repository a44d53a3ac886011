import path from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { FileContent } from '../../archive/tree.ts'
import type { BucketClient } from '../../engines/couchbase/client/bucket-client.ts'
import { SnapshotGoneError } from '../../engines/couchbase/client/failures.ts'
import { describeManifest, fetchFile, fetchFiles } from '../../engines/couchbase/client/fetch-files.ts'
import { holdSnapshot, type SnapshotCare } from '../../engines/couchbase/client/hold-snapshot.ts'
import type { VbucketSnapshot } from '../../engines/couchbase/client/vbucket-snapshot.ts'
import type { VbucketRow } from '../../engines/couchbase/stored-report.ts'
import type { SnapshotFile } from '../../engines/couchbase/wire/manifest.ts'
import type { Pace } from '../../os/pace.ts'
import type { LastFiles } from './last-files.ts'
import type { Spool } from './spool.ts'
import { openSpooled } from './spooled-content.ts'

export interface IntakeOptions {
  readonly client: BucketClient
  readonly spool: Spool
  readonly leftovers: 'release' | 'use'
  readonly last: LastFiles
  /** `changed` leaves out vbuckets whose digests are those of the last backup, `none` leaves out all. */
  readonly fetch: 'all' | 'changed' | 'none'
  /** Bytes that came from the nodes. */
  readonly onBytes: (bytes: number) => void
  readonly pace: Pace | undefined
  readonly now: () => number
  readonly signal: AbortSignal
}

/** A vbucket of which every file is from the same snapshot. */
export interface TakenVbucket {
  readonly row: VbucketRow
  readonly manifestBytes: Uint8Array
  readonly files: readonly TakenFile[]
  /** Nothing of it is read any more. May be called twice. */
  done(): Promise<void>
}

export interface TakenFile {
  readonly file: SnapshotFile
  readonly sha512: string | undefined
  /** Unix milliseconds: when a backup found it with this content for the first time. */
  readonly changedAt: number
  /** 0o600 for keys. */
  readonly permissions: number
  open(): Promise<FileContent>
}

const OWNER_ONLY = 0o600

/**
 * Brings vbuckets into the spool, whole: when one moves to another node meanwhile, it is prepared there and its files
 * begin anew. One that is as in the last backup is only held ready on its node: nobody will read it, as a rule.
 */
export class VbucketIntake {
  readonly #options: IntakeOptions
  readonly #care: SnapshotCare
  /** What has been taken and is not done. */
  readonly #taken = new Set<TakenVbucket>()

  constructor(options: IntakeOptions) {
    const { client, leftovers, now } = options
    this.#options = options
    this.#care = { client, policy: { leftovers, own: new Set(), now } }
  }

  /** Turns count from 0 without gaps, and are waited for in their order. Undefined when no node has the vbucket. */
  async take(vbid: number, turn: number): Promise<TakenVbucket | undefined> {
    const { signal, spool } = this.#options
    const room = new Room(spool, turn)
    try {
      const held = await holdSnapshot(vbid, this.#care, (snapshot) => this.#bring(snapshot, room), signal)
      if (held === undefined) return undefined
      const { snapshot, row, folder } = held.result
      if (folder !== undefined) await held.release() // all of it is here
      const taken: TakenVbucket = {
        row,
        manifestBytes: snapshot.manifestBytes,
        files: this.#filesOf(held.result),
        done: async () => {
          this.#taken.delete(taken)
          await held.release()
          if (folder !== undefined) await spool.remove(folder)
          room.free()
        },
      }
      this.#taken.add(taken)
      return taken
    } catch (error) {
      room.free()
      throw error
    } finally {
      spool.budget.pass(turn)
    }
  }

  /** Also what a run that was cancelled had taken. */
  async close(): Promise<void> {
    for (const taken of this.#taken) await taken.done()
  }

  async #bring(snapshot: VbucketSnapshot, room: Room): Promise<Brought> {
    const { client, spool, last, fetch, onBytes, pace, signal } = this.#options
    const { vbid, files, deks } = snapshot.manifest
    const all = [...files, ...deks]
    if (fetch === 'none' || (fetch === 'changed' && all.every((file) => last.holds(vbid, file)))) {
      return { snapshot, row: last.date(describeManifest(snapshot)), folder: undefined }
    }
    await room.take(
      vbid,
      all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0n),
    )
    const folder = spool.newFolder()
    try {
      const row = await spool.write(() =>
        fetchFiles(snapshot, { client, folder, fsync: 'never', onBytes, pace }, signal),
      )
      return { snapshot, row: last.date(row), folder }
    } catch (error) {
      await spool.remove(folder)
      throw error
    }
  }

  #filesOf({ snapshot, row, folder }: Brought): readonly TakenFile[] {
    const { files, deks } = snapshot.manifest
    const place = (permissions: number, rows: VbucketRow['files']) => (file: SnapshotFile, index: number) => ({
      file,
      sha512: rows[index]?.sha512,
      changedAt: rows[index]?.changedAt ?? snapshot.preparedAt,
      permissions,
      open: () =>
        folder === undefined
          ? this.#openHeld(snapshot, file, permissions)
          : openSpooled(path.join(folder, file.path), () => Promise.resolve()),
    })
    return [...files.map(place(0o644, row.files)), ...deks.map(place(OWNER_ONLY, row.deks))]
  }

  /** The repository wants to read a file that it should know. */
  async #openHeld(snapshot: VbucketSnapshot, file: SnapshotFile, mode: number): Promise<FileContent> {
    const { spool } = this.#options
    const folder = spool.newFolder()
    spool.budget.force(file.sizeBytes)
    const close = async () => {
      await spool.remove(folder)
      spool.budget.give(file.sizeBytes)
    }
    try {
      await spool.write(() => this.#fetchHeld(snapshot, { file, folder, mode }))
      return await openSpooled(path.join(folder, file.path), close)
    } catch (error) {
      await close()
      throw error
    }
  }

  /** On another node the same digest is the same file; there is no other that the tree could hold by now. */
  async #fetchHeld(
    snapshot: VbucketSnapshot,
    wish: { readonly file: SnapshotFile; readonly folder: string; readonly mode: number },
  ): Promise<void> {
    const { client, onBytes, pace, signal } = this.#options
    const fetch = (from: VbucketSnapshot, file: SnapshotFile) =>
      fetchFile(from, { ...wish, file, client, fsync: 'never', onBytes, pace }, signal)
    try {
      await fetch(snapshot, wish.file)
    } catch (cause) {
      if (!(cause instanceof SnapshotGoneError)) throw cause
      const again = await holdSnapshot(
        snapshot.manifest.vbid,
        this.#care,
        async (moved) => {
          const { path: name, sha512, sizeBytes } = wish.file
          const same = [...moved.manifest.files, ...moved.manifest.deks].find(
            (file) => file.path === name && file.sha512 === sha512 && file.sizeBytes === sizeBytes,
          )
          if (same === undefined || sha512 === undefined) throw changedMeanwhile(cause)
          await fetch(moved, same)
        },
        signal,
      )
      if (again === undefined) throw cause
      await again.release()
    }
  }
}

interface Brought {
  readonly snapshot: VbucketSnapshot
  readonly row: VbucketRow
  /** Undefined for what is still with its node. */
  readonly folder: string | undefined
}

/** What a vbucket takes of the spool. One that has moved may be larger there. */
class Room {
  readonly #spool: Spool
  readonly #turn: number
  #bytes: bigint | undefined

  constructor(spool: Spool, turn: number) {
    this.#spool = spool
    this.#turn = turn
  }

  async take(vbid: number, bytes: bigint): Promise<void> {
    const { budget } = this.#spool
    if (bytes > budget.limit) throw tooLarge(vbid, { bytes, limit: budget.limit })
    if (this.#bytes === undefined) await budget.take(this.#turn, bytes)
    else budget.force(bytes - this.#bytes)
    this.#bytes = bytes
  }

  free(): void {
    if (this.#bytes !== undefined) this.#spool.budget.give(this.#bytes)
    this.#bytes = undefined
  }
}

function tooLarge(vbid: number, { bytes, limit }: { readonly bytes: bigint; readonly limit: bigint }): HoldfastError {
  return new HoldfastError('couchbase/incomplete', {
    detail: `Vbucket ${vbid} has ${bytes} bytes, and ${limit} may be staged.`,
    hint: 'Choose a staging folder with more room, or a higher limit.',
  })
}

function changedMeanwhile(cause: unknown): HoldfastError {
  return new HoldfastError('couchbase/incomplete', {
    detail: 'It moved to another node, and has changed there.',
    cause,
  })
}
