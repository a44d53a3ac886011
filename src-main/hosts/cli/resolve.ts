import type { Client } from '../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { readPbsEnvironment } from '../../engines/pbs/client/address/environment.ts'
import {
  formatPbsAddress,
  isSameDatastore,
  parsePbsAddress,
} from '../../engines/pbs/client/address/repository-address.ts'
import { credentialsOf, nameOf, wholeAddress } from './typed-address.ts'

/**
 * The repository a person named: by id, name or address; unknown addresses are adopted when something is there. Without a
 * name it is the one of `PBS_REPOSITORY`, else the only one there is.
 */
export async function resolveRepository(client: Client, named: string | undefined): Promise<Repository> {
  if (named === undefined) {
    const fromEnvironment = await repositoryOfEnvironment(client)
    if (fromEnvironment !== undefined) return fromEnvironment
    const all = await client.repositories.list()
    const only = all.length === 1 ? all[0] : undefined
    return only?.repository ?? client.repositories.ensureDefault()
  }
  const address = wholeAddress(named)
  const known = (await client.repositories.list()).find(
    ({ repository }) => repository.id === named || repository.name === named || repository.address === address,
  )
  if (known) return known.repository
  return client.repositories.add({ address, name: nameOf(address), create: false, ...credentialsOf(address) })
}

/** What the client of Proxmox Backup would use here, with or without a record of it. */
async function repositoryOfEnvironment(client: Client): Promise<Repository | undefined> {
  const { address } = readPbsEnvironment(process.env)
  if (address === undefined) return undefined
  const known = (await client.repositories.list()).find(({ repository }) => {
    if (repository.kind !== 'pbs') return false
    const parsed = parsePbsAddress(repository.address)
    const namespace = parsed.namespace || (repository.namespace ?? '')
    return isSameDatastore(parsed, address) && (address.namespace === '' || address.namespace === namespace)
  })
  if (known !== undefined) return known.repository
  const text = formatPbsAddress({ ...address, fingerprint: undefined })
  return client.repositories.add({
    address: text,
    name: address.datastore,
    create: false,
    ...credentialsOf(text),
  })
}

/** How a snapshot is printed and typed: `host/desk/2026-11-20T13:00:00Z`, with its namespace in front when it has one. */
export function snapshotName({ ref }: Snapshot): string {
  const name = `${ref.type}/${ref.backupId}/${new Date(ref.time * 1000).toISOString().replace('.000', '')}`
  return ref.namespace ? `${ref.namespace}:${name}` : name
}

/** How a person may name one, for the help of commands. */
export const snapshotText = 'name, id, latest or latest:<backup id>'

/** The snapshot a person named: its id, its printed name, `latest`, or `latest:<backup id>`. */
export async function resolveSnapshot(client: Client, named: string, repository?: Repository): Promise<Snapshot> {
  const all = await client.snapshots.list({ limit: 5000, ...(repository ? { repositoryId: repository.id } : {}) })
  const [word, backupId] = named.split(':', 2)
  const found =
    word === 'latest'
      ? all
          .filter(({ ref }) => backupId === undefined || ref.backupId === backupId)
          .sort((a, b) => b.ref.time - a.ref.time)[0]
      : all.find((snapshot) => snapshot.id === named || snapshotName(snapshot) === named)
  if (!found)
    throw new HoldfastError('snapshot/unknown', {
      detail: named,
      hint: '`holdfast snapshots` lists them; `latest` is the newest.',
    })
  return found
}

/**
 * A path as a person types it, inside a snapshot: `documents/Thesis`, with or without a leading slash. With one archive its
 * name may be left out.
 */
export async function resolvePath(client: Client, snapshot: Snapshot, typed: string): Promise<string> {
  const path = typed.replace(/^\/+|\/+$/g, '')
  const { entries } = await client.snapshots.browse({ id: snapshot.id, path: '' })
  const only = entries.length === 1 ? entries[0] : undefined
  if (!only || path === only.path || path.startsWith(`${only.path}/`)) return path
  return path === '' ? only.path : `${only.path}/${path}`
}
