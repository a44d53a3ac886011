import { parsePbsAddress } from '../../engines/pbs/client/address/repository-address.ts'
import {
  type DatastoreItem,
  listDatastores,
  listNamespaces,
  serverVersion,
} from '../../engines/pbs/client/management/datastores.ts'
import { UntrustedCertificateError } from '../../engines/pbs/client/transport/connection-failure.ts'
import { createApi, type PbsConnectionOptions, type PbsCredentials } from './pbs-repository.ts'

/** What there is at an address, for a dialog that adds a repository. */
export type PbsProbe =
  /** Nothing was sent to the server yet. A person compares what it presents; `expected` is what was trusted before. */
  | { readonly state: 'untrusted'; readonly presented: string; readonly expected: string | undefined }
  | {
      readonly state: 'open'
      readonly version: string
      readonly datastores: readonly DatastoreItem[]
      /** Of the datastore in the address; empty when that is not among those that are visible. */
      readonly namespaces: readonly string[]
    }

export interface ProbeOptions {
  readonly credentials: PbsCredentials
  readonly now: () => number
  readonly connection?: PbsConnectionOptions | undefined
}

/** Throws `input/invalid` for the address, `auth/denied`, `repository/unreachable`. */
export async function probePbsServer(address: string, options: ProbeOptions, signal: AbortSignal): Promise<PbsProbe> {
  const parsed = parsePbsAddress(address)
  const api = createApi(parsed, options)
  try {
    const datastores = await listDatastores(api, signal)
    const isVisible = datastores.some(({ store }) => store === parsed.datastore)
    return {
      state: 'open',
      version: await serverVersion(api, signal),
      datastores,
      namespaces: isVisible ? await listNamespaces(api, { store: parsed.datastore }, signal) : [],
    }
  } catch (error) {
    if (!(error instanceof UntrustedCertificateError)) throw error
    return { state: 'untrusted', presented: error.presented, expected: error.expected }
  } finally {
    api.close()
  }
}
