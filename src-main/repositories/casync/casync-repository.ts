import { HoldfastError } from '../../../src-shared/errors.ts'
import { type OpenStores, openStores, type Reach } from '../../engines/casync/client/open-stores.ts'
import type { WritableCompression } from '../../engines/casync/store/compression.ts'
import { LocalStore } from '../../engines/casync/store/local-store.ts'
import { isFolder } from '../../os/is-folder.ts'
import { makeFolders } from '../../os/make-folders.ts'
import { changeDisk } from '../../storage/datastore/disk-error.ts'
import { createNamespace } from '../../storage/datastore/group-dir.ts'
import { createLocks } from '../../storage/datastore/locks.ts'
import { recoverReplacements } from '../../storage/datastore/recover-replacements.ts'
import { readSnapshotFile } from '../../storage/datastore/snapshot-dir.ts'
import { type SnapshotDraft, startSnapshot } from '../../storage/datastore/snapshot-draft.ts'
import type { BackupGroup, Repository, SnapshotWriter, WriteOptions } from '../repository.ts'
import { adoptFormat } from './adopt-format.ts'
import { BaseSnapshot } from './base-snapshot.ts'
import { type CasyncAddress, parseCasyncAddress } from './casync-address.ts'
import { type CasyncFormat, defaultFormat } from './casync-format.ts'
import { placesOf } from './casync-places.ts'
import { CasyncSealers } from './casync-sealers.ts'
import { createMaintenance } from './maintenance.ts'
import type { RemoteOptions } from './remote-files.ts'
import { openRemoteCasync } from './remote-repository.ts'
import { writeListing } from './snapshot-listing.ts'
import { casyncNames } from './snapshot-manifest.ts'
import { CasyncSnapshotWriter } from './snapshot-writer.ts'
import { chunksOf, type LocalCasync, listStored, openReader, readManifest } from './stored-snapshots.ts'

export interface CasyncRepositoryOptions {
  /** Unix milliseconds. */
  readonly now: () => number
  /** Of the workers that compress and decompress; as many as make sense when undefined. */
  readonly threads?: number | undefined
  /** Of new chunks. */
  readonly compression?: WritableCompression | undefined
  /** Of new archives where nothing is stored yet; else they are cut as what is there, or nothing would be shared. */
  readonly format?: CasyncFormat | undefined
  /** Chunks that are younger stay when garbage is collected; a day unless told otherwise. */
  readonly graceMs?: number | undefined
  /** For stores on other computers. */
  readonly remote?: RemoteOptions | undefined
}

const folderMode = 0o755
const owner = 'holdfast'

/** Makes the store and the folder of snapshots beside it. What is there already stays, also what casync made. */
export async function createCasyncRepository(address: string): Promise<void> {
  const { store, snapshots } = placesOf(parseCasyncAddress(address).store)
  for (const folder of [store, snapshots]) await changeDisk(folder, async () => makeFolders(folder, folderMode))
}

/**
 * A casync store as a repository: on this computer (see casync-places.ts), or to be read from another one, by
 * `https://host/path/name.castr` or `casync+ssh://user@host/path/name.castr`. Throws `datastore/not-found`.
 */
export async function openCasyncRepository(address: string, options: CasyncRepositoryOptions): Promise<Repository> {
  const parsed = parseCasyncAddress(address)
  if (/^[a-z][a-z0-9+.-]*:\/\//.test(address)) return openRemoteCasync(parsed, options.remote ?? {})
  const places = placesOf(parsed.store)
  if (!(await isFolder(places.store))) throw new HoldfastError('datastore/not-found', { detail: places.store })
  const { now, threads, compression = 'zstd' } = options
  const store = new LocalStore(places.store, { compression })
  const snapshots = { path: places.snapshots, locks: createLocks(places.snapshots), chunks: store, names: casyncNames }
  await recoverReplacements(snapshots)
  const { sshPath, remotePath } = options.remote ?? {}
  const extra = await openExtraStores(parsed, { sshPath, remotePath })
  const casync: LocalCasync = {
    places,
    store,
    snapshots,
    sealers: new CasyncSealers(threads),
    now,
    extra,
  }
  return {
    capabilities: [
      'verify',
      'prune',
      'collect-garbage',
      'forget',
      'remove-paths',
      'protect',
      'notes',
      'namespaces',
      'usage',
    ],
    snapshots: (signal) => listStored(casync, signal),
    write: (group, write, signal) => startWriter(casync, options, { group, write, signal }),
    read: (ref, signal) => openReader(casync, ref, signal),
    maintenance: createMaintenance(casync, { graceMs: options.graceMs }),
    async close() {
      await casync.sealers.close()
      await extra?.[Symbol.asyncDispose]()
    },
  }
}

/** For as long as the repository is open. */
const never = AbortSignal.any([])

async function openExtraStores({ extraStores, cache }: CasyncAddress, reach: Reach): Promise<OpenStores | undefined> {
  return extraStores.length === 0 ? undefined : await openStores(extraStores, reach, cache, never)
}

interface WriteRequest {
  readonly group: BackupGroup
  readonly write: WriteOptions
  readonly signal: AbortSignal
}

async function startWriter(
  casync: LocalCasync,
  { compression = 'zstd', format: wanted = defaultFormat }: CasyncRepositoryOptions,
  { group, write, signal }: WriteRequest,
): Promise<SnapshotWriter> {
  signal.throwIfAborted()
  refuseUnsupported(write)
  const { snapshots, sealers, store, now } = casync
  await changeDisk(snapshots.path, async () => makeFolders(snapshots.path, folderMode))
  await createNamespace(snapshots, group.namespace)
  const draft = await startSnapshot(snapshots, { ...group, time: write.time }, { owner, now })
  let base: BaseSnapshot | undefined
  try {
    base = await openBase(casync, draft, signal)
    const format = (await base?.format()) ?? (await adoptFormat(casync, signal)) ?? wanted
    const { algorithm } = format
    return new CasyncSnapshotWriter({
      ...{ draft, store, format, write, now, signal },
      afterCommit: () => writeListing(casync, signal),
      base: write.mode === 'metadata' ? base : undefined,
      sealer: sealers.get({ algorithm, compression: write.compress ? compression : undefined }),
    })
  } catch (error) {
    await base?.close()
    await draft.discard()
    throw error
  }
}

/** What casync has no form for is refused rather than left out. */
function refuseUnsupported({ cryptMode, mode }: WriteOptions): void {
  if (cryptMode !== 'none') {
    throw new HoldfastError('repository/unsupported', {
      detail: 'A casync store holds neither encrypted nor signed chunks.',
      hint: 'Choose no encryption for this plan, or a repository of another kind.',
    })
  }
  if (mode === 'legacy') {
    throw new HoldfastError('repository/unsupported', {
      detail: 'A casync store has no archives of the old format of Proxmox Backup.',
      hint: 'Choose another way of detecting changes for this plan.',
    })
  }
}

async function openBase(
  casync: LocalCasync,
  { base }: SnapshotDraft,
  signal: AbortSignal,
): Promise<BaseSnapshot | undefined> {
  if (base === undefined) return undefined
  try {
    const manifest = await readManifest(casync, base)
    const readFile = (filename: string) => readSnapshotFile(casync.snapshots, base, filename)
    return new BaseSnapshot(manifest, { ...chunksOf(casync), readFile, signal })
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'manifest/corrupt') return undefined
    throw error
  }
}
