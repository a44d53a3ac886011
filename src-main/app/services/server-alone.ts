import { formatPbsAddress, type PbsAddress } from '../../engines/pbs/client/address/repository-address.ts'

/** Stands where a person has not said the datastore yet; the server is only asked which there are. */
const noDatastore = 'holdfast-looks-around'

/**
 * An address that names a server and an account but no datastore (`pbs://maren@pbs@host:8007`, `maren@pbs@host:`), with one
 * that no server has; `undefined` for all others.
 */
export function withAnyDatastore(address: string): string | undefined {
  if (/^pbs:\/\/[^/?#\s]+\/?$/i.test(address)) return `${address.replace(/\/$/, '')}/${noDatastore}`
  if (/^[^/\s:]+@[^/\s]+:$/.test(address)) return `${address}${noDatastore}`
  return undefined
}

/** What the account may use of a server, each with the address it would have. */
export function datastoreChoices(
  address: PbsAddress,
  stores: readonly { readonly store: string }[],
): { readonly name: string; readonly address: string }[] {
  return stores.map(({ store }) => ({ name: store, address: formatPbsAddress({ ...address, datastore: store }) }))
}
