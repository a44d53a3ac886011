import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Capability } from '../../../src-shared/model/repository.ts'
import type { SnapshotRef } from '../../../src-shared/model/snapshot.ts'
import { readPbsEnvironment, readPbsPassword } from '../../engines/pbs/client/address/environment.ts'
import { type PbsAddress, parsePbsAddress } from '../../engines/pbs/client/address/repository-address.ts'
import { listNamespaces } from '../../engines/pbs/client/management/datastores.ts'
import { isProtected } from '../../engines/pbs/client/management/snapshots.ts'
import { PbsApi, type PbsApiOptions } from '../../engines/pbs/client/pbs-api.ts'
import type { CryptConfig } from '../../storage/crypt-config.ts'
import type { WrapKey } from '../../storage/master-key.ts'
import { ChunkCache } from '../pxar-snapshot/chunk-cache.ts'
import { SealerPool } from '../pxar-snapshot/sealer-pool.ts'
import { PxarSnapshotReader } from '../pxar-snapshot/snapshot-reader.ts'
import { PxarSnapshotWriter } from '../pxar-snapshot/snapshot-writer.ts'
import { readWrappedKey } from '../pxar-snapshot/wrapped-key.ts'
import type { BackupGroup, Repository, SnapshotReader, SnapshotWriter, WriteOptions } from '../repository.ts'
import { BaseFiles } from './base-files.ts'
import { listStored } from './listing.ts'
import { createPbsMaintenance } from './maintenance.ts'
import { createPbsSnapshot } from './new-snapshot.ts'
import { startSession } from './start-session.ts'
import { openPbsFiles } from './stored-files.ts'

export interface PbsCredentials {
  /** The password, or the secret of the token; `PBS_PASSWORD` when undefined. */
  readonly secret?: string | undefined
  /** As a person trusted it; that of the address, then `PBS_FINGERPRINT`, when undefined. */
  readonly fingerprint?: string | undefined
  /** For an account with a second factor. */
  readonly totp?: PbsApiOptions['totp']
}

export interface PbsRepositoryOptions {
  /** For reading any of them, for writing the first. */
  readonly keys: readonly CryptConfig[]
  /** The key to write with, for the holder of a master key: each snapshot that has a key stores it. */
  readonly wrapKey?: WrapKey | undefined
  /** Of the workers that compress and decompress; as many as make sense when undefined. */
  readonly threads?: number | undefined
  /** Unix milliseconds. */
  readonly now: () => number
  readonly credentials: PbsCredentials
  /** Where fetched chunks are kept, at most so many bytes of them. Without, each is fetched whenever it is wanted. */
  readonly cache?: { readonly folder: string; readonly maxBytes?: number | undefined } | undefined
  /** How the server is reached, where that is not as usual. */
  readonly connection?: PbsConnectionOptions | undefined
}

/** What every server can do, as far as its account may. */
export const pbsCapabilities = [
  'verify',
  'prune',
  'collect-garbage',
  'forget',
  'protect',
  'notes',
  'namespaces',
  'usage',
  'encryption',
  'groups',
  'tasks',
] as const satisfies readonly Capability[]

export type PbsConnectionOptions = Pick<
  PbsApiOptions,
  'authorities' | 'connectTimeoutMs' | 'idleTimeoutMs' | 'retryDelaysMs' | 'environment'
>

/**
 * A datastore of a Proxmox Backup Server as a repository. Names with an empty namespace are in the one of the address.
 * Throws `UntrustedCertificateError`, `auth/denied`, `repository/unreachable`, `repository/unknown` for the datastore and
 * `path/not-found` for the namespace.
 */
export async function openPbsRepository(address: string, options: PbsRepositoryOptions): Promise<Repository> {
  const parsed = parsePbsAddress(address)
  const api = createApi(parsed, options)
  try {
    const { datastore: store, namespace: parent } = parsed
    await listNamespaces(api, { store, parent }, new AbortController().signal)
    return createPbsRepository(api, parsed, options)
  } catch (error) {
    api.close()
    throw error
  }
}

export function createApi(
  address: PbsAddress,
  { credentials, connection = {}, now }: Pick<PbsRepositoryOptions, 'credentials' | 'connection' | 'now'>,
): PbsApi {
  const environment = connection.environment ?? process.env
  const fromEnvironment = readPbsEnvironment(environment)
  const fingerprint = credentials.fingerprint ?? address.fingerprint ?? fromEnvironment.fingerprint
  return new PbsApi({
    ...connection,
    address: { ...address, fingerprint },
    secret: credentials.secret ?? readPbsPassword(environment),
    totp: credentials.totp,
    now,
  })
}

function createPbsRepository(
  api: PbsApi,
  { datastore, namespace }: PbsAddress,
  { keys, wrapKey, threads, now, cache: cached }: PbsRepositoryOptions,
): Repository {
  const sealers = new SealerPool(threads)
  const cache = cached === undefined ? undefined : new ChunkCache(cached.folder, cached.maxBytes)
  const resolve = <Named extends { readonly namespace: string }>(named: Named): Named =>
    named.namespace === '' ? { ...named, namespace } : named

  const read = async (asked: SnapshotRef, signal: AbortSignal): Promise<SnapshotReader> => {
    const ref = resolve(asked)
    const files = await openPbsFiles(api, { datastore, ref, cache }, signal)
    try {
      const isKept = await isProtected(api, { store: datastore, ref }, signal)
      return await PxarSnapshotReader.open(files, { ref, isProtected: isKept, keys, sealers }, signal)
    } catch (error) {
      await files.close()
      throw error
    }
  }

  const write = async (group: BackupGroup, wanted: WriteOptions, signal: AbortSignal): Promise<SnapshotWriter> => {
    signal.throwIfAborted()
    const crypt = keys[0]
    if (wanted.cryptMode !== 'none' && crypt === undefined) throw new HoldfastError('key/missing')
    const ref = resolve({ ...group, time: wanted.time })
    const session = await startSession(api, { datastore, ref }, signal)
    try {
      const baseTime = await session.previousBackupTime()
      const base =
        baseTime === undefined
          ? undefined
          : await BaseFiles.open({ api, session, datastore, ref: { ...ref, time: baseTime }, cache })
      const keyFingerprint = wanted.cryptMode === 'none' ? undefined : crypt?.fingerprint
      return new PxarSnapshotWriter(createPbsSnapshot({ ref, session, base, keyFingerprint }), {
        write: wanted,
        crypt,
        wrapKey,
        sealer: sealers.get(wanted.cryptMode === 'encrypt' ? crypt : undefined, wanted.compress),
        signal,
      })
    } catch (error) {
      await session.close()
      throw error
    }
  }

  return {
    capabilities: pbsCapabilities,
    snapshots: (signal) => listStored(api, { datastore, namespace }, signal),
    write,
    read,
    wrappedKey: async (ref, signal) =>
      await readWrappedKey(await openPbsFiles(api, { datastore, ref: resolve(ref), cache: undefined }, signal), signal),
    maintenance: createPbsMaintenance(api, { datastore, namespace, now, open: read, resolve }),
    async close() {
      api.close()
      await sealers.close()
    },
  }
}
