import type { EncryptionKey } from '../../../src-shared/contract/keys.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { RepositoryId, SnapshotId } from '../../../src-shared/model/ids.ts'
import type { MasterPublicKey, Repository as RepositoryRecord } from '../../../src-shared/model/repository.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import type { CatalogWriter } from '../../catalog/main/open-catalog.ts'
import type { Repository } from '../../repositories/repository.ts'
import { formatKeyFile, type KeyFile, openKeyFile } from '../../storage/key-file.ts'
import { createMasterKey, inspectMasterKey, recoverKey, WRAPPED_KEY_FILENAME } from '../../storage/master-key.ts'
import type { Changes } from './changes.ts'
import type { KeysService } from './keys.ts'
import type { RepositoryHub } from './repository-hub.ts'
import { requireEncryption } from './set-repository-key.ts'
import type { SnapshotsService } from './snapshots.ts'

export interface MasterKeysOptions {
  readonly catalog: CatalogWriter
  readonly hub: RepositoryHub
  readonly keys: KeysService
  readonly snapshots: SnapshotsService
  readonly changes: Changes
}

export interface NewMasterKey extends MasterPublicKey {
  readonly privateKey: string
}

export interface Recovery {
  readonly repositoryId: RepositoryId
  readonly snapshotId?: SnapshotId | undefined
  /** PEM. */
  readonly privateKey: string
  readonly passphrase?: string | undefined
}

const maximumSnapshots = 100_000
/** Snapshots of one key that are tried: another master key may have been in use when the newest were made. */
const triesPerKey = 8

/** Master keys: which public one a repository has, and what the private one brings back. */
export class MasterKeysService {
  readonly #options: MasterKeysOptions

  constructor(options: MasterKeysOptions) {
    this.#options = options
  }

  async create(passphrase: string): Promise<NewMasterKey> {
    const { publicKey, privateKey } = await createMasterKey(passphrase)
    return { ...(await inspectMasterKey(publicKey)), privateKey }
  }

  inspect(text: string): Promise<MasterPublicKey> {
    return inspectMasterKey(text)
  }

  /** Throws `repository/unknown`, `repository/unsupported`, `key/invalid`. */
  async use(id: RepositoryId, text: string | undefined): Promise<RepositoryRecord> {
    const { catalog, changes, hub } = this.#options
    const record = catalog.repositories.get(id)
    if (record === undefined) throw new HoldfastError('repository/unknown')
    requireEncryption(catalog, id)
    const { masterKey: _, ...without } = record
    const changed = text === undefined ? without : { ...without, masterKey: await inspectMasterKey(text) }
    catalog.repositories.update(changed)
    await hub.forget(id)
    changes.changed('repositories')
    return changed
  }

  /** See the contract. */
  async recover(wish: Recovery, signal: AbortSignal): Promise<EncryptionKey[]> {
    const { catalog, hub, keys } = this.#options
    const record = catalog.repositories.get(wish.repositoryId)
    if (record === undefined) throw new HoldfastError('repository/unknown')
    const repository = await hub.use(wish.repositoryId, signal)
    if (repository.wrappedKey === undefined) throw new HoldfastError('repository/unsupported')
    const known = new Set((await keys.all()).map(({ fingerprint }) => fingerprint))
    const recovered: EncryptionKey[] = []
    let refusal: unknown
    for (const [fingerprint, snapshots] of await this.#withWrappedKeys(wish)) {
      if (known.has(fingerprint)) continue
      try {
        const file = await openFirst(repository, { snapshots, fingerprint, wish }, signal)
        const name = recovered.length === 0 ? record.name : `${record.name} ${recovered.length + 1}`
        recovered.push(await keys.import(name, formatKeyFile(file), undefined))
      } catch (error) {
        if (!(error instanceof HoldfastError) || error.code !== 'key/wrong') throw error
        refusal = error // of this key; another one may have been wrapped for this master key
      }
    }
    if (recovered.length === 0 && refusal !== undefined) throw refusal
    return recovered
  }

  /** Snapshots with a wrapped key, newest first, by the fingerprint of their key. Throws `key/missing` when there is none. */
  async #withWrappedKeys({ repositoryId, snapshotId }: Recovery): Promise<ReadonlyMap<string, Snapshot[]>> {
    const { snapshots } = this.#options
    const all =
      snapshotId === undefined
        ? await snapshots.list({ repositoryId, limit: maximumSnapshots })
        : [await snapshots.get(snapshotId)]
    const found = new Map<string, Snapshot[]>()
    for (const snapshot of all.toSorted((a, b) => b.ref.time - a.ref.time)) {
      const { keyFingerprint, archives } = snapshot
      if (keyFingerprint === undefined || !archives.some(({ filename }) => filename === WRAPPED_KEY_FILENAME)) continue
      found.set(keyFingerprint, [...(found.get(keyFingerprint) ?? []), snapshot])
    }
    if (found.size > 0) return found
    throw new HoldfastError('key/missing', {
      detail: 'No snapshot here has its key stored for a master key.',
      hint: 'Bring the key itself back from its recovery sheet.',
    })
  }
}

/** The key of these snapshots from the newest of them that the master key opens. Throws `key/denied`, `key/wrong`. */
async function openFirst(
  repository: Repository,
  {
    snapshots,
    fingerprint,
    wish,
  }: { readonly snapshots: readonly Snapshot[]; readonly fingerprint: string; readonly wish: Recovery },
  signal: AbortSignal,
): Promise<KeyFile> {
  let refusal: unknown = new HoldfastError('key/wrong')
  for (const { ref } of snapshots.slice(0, triesPerKey)) {
    const blob = await repository.wrappedKey?.(ref, signal)
    if (blob === undefined) continue
    try {
      const file = recoverKey(blob, wish.privateKey, wish.passphrase)
      const opened = await openKeyFile(file)
      if (opened.fingerprint === fingerprint) return file
      refusal = new HoldfastError('key/wrong', {
        detail: `The snapshot has fingerprint ${fingerprint}, what it stores ${opened.fingerprint}.`,
      })
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'key/wrong') throw error
      refusal = error
    }
  }
  throw refusal
}
