import { z } from 'zod'
import type { PbsApi } from '../pbs-api.ts'
import { namespaceParameter } from '../snapshot-parameters.ts'

/** Lists and totals of datastores and namespaces (spec pbs §8.1). Members that we do not know are dropped. */

const bytes = z.union([z.int(), z.bigint()]).transform(Number)
const datastore = z.object({
  store: z.string(),
  comment: z.string().nullish(),
  maintenance: z.unknown().optional(),
})
const usage = z.object({ total: bytes, used: bytes, avail: bytes })
const usageItem = usage.partial().extend({ store: z.string(), error: z.string().nullish() })
const version = z.object({ version: z.string(), release: z.string().optional() })

export type DatastoreItem = z.infer<typeof datastore>
export type DatastoreUsage = z.infer<typeof usage>

/** Also the proof that the credentials are good: without any right the list is empty. */
export async function listDatastores(api: PbsApi, signal: AbortSignal): Promise<readonly DatastoreItem[]> {
  return await api.call(z.array(datastore), { method: 'GET', path: 'admin/datastore' }, signal)
}

export async function datastoreUsage(api: PbsApi, store: string, signal: AbortSignal): Promise<DatastoreUsage> {
  return await api.call(usage, { method: 'GET', path: `admin/datastore/${store}/status` }, signal)
}

/** Of all that are visible; one whose disk is gone has an error instead. */
export async function allUsages(api: PbsApi, signal: AbortSignal): Promise<readonly z.infer<typeof usageItem>[]> {
  return await api.call(z.array(usageItem), { method: 'GET', path: 'status/datastore-usage' }, signal)
}

export async function serverVersion(api: PbsApi, signal: AbortSignal): Promise<string> {
  const found = await api.call(version, { method: 'GET', path: 'version' }, signal)
  return found.release === undefined ? found.version : `${found.version}.${found.release}`
}

/** The namespace itself and all below it, as far as they are visible. */
export async function listNamespaces(
  api: PbsApi,
  { store, parent = '' }: { readonly store: string; readonly parent?: string },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const parameters = parent === '' ? {} : { parent }
  const path = `admin/datastore/${store}/namespace`
  const found = await api.call(z.array(z.object({ ns: z.string() })), { method: 'GET', path, parameters }, signal)
  return found.map(({ ns }) => ns)
}

/** Its parent must be there. */
export async function createNamespace(
  api: PbsApi,
  { store, namespace }: { readonly store: string; readonly namespace: string },
  signal: AbortSignal,
): Promise<void> {
  const slash = namespace.lastIndexOf('/')
  const parameters = {
    name: namespace.slice(slash + 1),
    ...(slash < 0 ? {} : { parent: namespace.slice(0, slash) }),
  }
  await api.call(z.unknown(), { method: 'POST', path: `admin/datastore/${store}/namespace`, parameters }, signal)
}

/** Empty, unless its groups are to go with it. */
export async function deleteNamespace(
  api: PbsApi,
  {
    store,
    namespace,
    deleteGroups,
  }: { readonly store: string; readonly namespace: string; readonly deleteGroups: boolean },
  signal: AbortSignal,
): Promise<void> {
  const parameters = { ...namespaceParameter(namespace), 'delete-groups': deleteGroups }
  await api.call(z.unknown(), { method: 'DELETE', path: `admin/datastore/${store}/namespace`, parameters }, signal)
}

/** With all that is in it and below it. Returns the task. A server of PBS 4 or ours. */
export async function moveNamespace(
  api: PbsApi,
  { store, namespace, target }: { readonly store: string; readonly namespace: string; readonly target: string },
  signal: AbortSignal,
): Promise<string> {
  const parameters = { ns: namespace, 'target-ns': target }
  return await api.call(
    z.string(),
    { method: 'POST', path: `admin/datastore/${store}/move-namespace`, parameters },
    signal,
  )
}
