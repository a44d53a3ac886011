import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { parseNamespace } from '../../../../storage/datastore/layout.ts'
import { parseFingerprint } from '../../wire/fingerprint.ts'
import { type AuthId, formatAuthId, isDatastoreName, parseAuthId } from '../../wire/names.ts'
import { percentDecode } from '../../wire/percent.ts'

/** Where a datastore is, and who asks. Nothing in it is a secret. */
export interface PbsAddress {
  readonly authId: AuthId
  /** A name or an IP address; IPv6 without its brackets. */
  readonly host: string
  readonly port: number
  readonly datastore: string
  /** Empty for the root. */
  readonly namespace: string
  /** Lower case with colons, as PBS writes it. */
  readonly fingerprint?: string | undefined
}

export const DEFAULT_PORT = 8007
const DEFAULT_AUTH_ID: AuthId = { user: 'root@pam' }
const DEFAULT_HOST = 'localhost'
const SCHEME = /^pbs:\/\//i
const MAX_ADDRESS_LENGTH = 4096
/** Names and IPv4 addresses: what may stand before a port without brackets. */
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$/
const IPV6 = /^[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9._-]{1,32})?$/

/**
 * Whether the text is meant as the address of a Proxmox Backup Server: `pbs://…`, or PBS's own form with a host. A
 * datastore alone, which PBS takes for one on this computer, could be anything, and is not taken for it here.
 */
export function isPbsAddress(text: string): boolean {
  if (SCHEME.test(text)) return true
  return !/[\\/]/.test(text.slice(text.lastIndexOf('@') + 1)) && /:[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/.test(text)
}

/**
 * Reads `pbs://user@realm!token@host:8007/datastore?ns=a/b&fingerprint=…` or PBS's own
 * `[[user@realm[!token]@]host[:port]:]datastore` (spec pbs §1.2). Throws `input/invalid`, without repeating the text:
 * people put passwords where they do not belong.
 */
export function parsePbsAddress(text: string): PbsAddress {
  if (text.length > MAX_ADDRESS_LENGTH) throw invalid('It is too long.')
  if (!text.isWellFormed()) throw invalid('It holds half a character.')
  return SCHEME.test(text) ? parseUrl(text.replace(SCHEME, '')) : parseRepository(text)
}

/** The one form that holds everything. `parsePbsAddress` reads it back to the same address. */
export function formatPbsAddress({ authId, host, port, datastore, namespace, fingerprint }: PbsAddress): string {
  const user = encodeURIComponent(formatAuthId(authId)).replaceAll('%40', '@').replaceAll('%21', '!')
  const options = [
    ...(namespace === '' ? [] : [`ns=${namespace}`]),
    ...(fingerprint === undefined ? [] : [`fingerprint=${fingerprint}`]),
  ]
  return `pbs://${user}@${formatHost(host)}:${port}/${datastore}${options.length === 0 ? '' : `?${options.join('&')}`}`
}

/** Whether two addresses name the same store, asked for by the same account; where in it is another matter. */
export function isSameDatastore(one: PbsAddress, other: PbsAddress): boolean {
  const name = ({ authId, host, port, datastore }: PbsAddress) =>
    formatPbsAddress({ authId, host: host.toLowerCase(), port, datastore, namespace: '' })
  return name(one) === name(other)
}

/** `host:port`, for people and for the Host header. */
export function formatEndpoint({ host, port }: Pick<PbsAddress, 'host' | 'port'>): string {
  return `${formatHost(host)}:${port}`
}

function parseUrl(rest: string): PbsAddress {
  const [, authority = '', path = '', query = ''] = /^([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(rest) ?? []
  const options = parseOptions(query)
  return {
    ...parseAuthority(authority, (user) => percentDecode(user) ?? ''),
    datastore: checkDatastore(percentDecode(path.replace(/\/$/, '')) ?? ''),
    namespace: checkNamespace(options.get('ns') ?? ''),
    fingerprint: checkFingerprint(options.get('fingerprint')),
  }
}

function parseOptions(query: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>()
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const [key = '', ...value] = pair.split('=')
    const decoded = percentDecode(value.join('='))
    if (key !== 'ns' && key !== 'fingerprint')
      throw invalid('Behind the question mark only ns and fingerprint may stand.')
    if (decoded === undefined || options.has(key)) throw invalid(`Its ${key} is not valid.`)
    options.set(key, decoded)
  }
  return options
}

function parseRepository(text: string): PbsAddress {
  const colon = text.lastIndexOf(':')
  const datastore = checkDatastore(text.slice(colon + 1))
  const place =
    colon < 0
      ? { authId: DEFAULT_AUTH_ID, host: DEFAULT_HOST, port: DEFAULT_PORT }
      : parseAuthority(text.slice(0, colon), (user) => user)
  return { ...place, datastore, namespace: '', fingerprint: undefined }
}

/** `[user@realm[!token]@]host[:port]`. User names may hold an `@`, hosts cannot. */
function parseAuthority(text: string, decode: (user: string) => string) {
  const at = text.lastIndexOf('@')
  const authId = at < 0 ? DEFAULT_AUTH_ID : parseAuthId(decode(text.slice(0, at)))
  if (authId === undefined) throw invalid('The user is not of the form user@realm or user@realm!token.')
  const place = text.slice(at + 1)
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([0-9]{1,5}))?$/.exec(place)
  const [, ipv6, name = '', digits] = match ?? []
  const host = (ipv6 ?? name).toLowerCase()
  if (match === null || !(ipv6 === undefined ? HOST.test(host) : host.includes(':') && IPV6.test(host)))
    throw invalid('Its host is not valid.')
  const port = digits === undefined ? DEFAULT_PORT : Number(digits)
  if (port < 1 || port > 65_535) throw invalid('Its port is not valid.')
  return { authId, host, port }
}

function checkDatastore(name: string): string {
  if (!isDatastoreName(name)) throw invalid('It does not name a datastore.')
  return name
}

function checkNamespace(namespace: string): string {
  parseNamespace(namespace)
  return namespace
}

function checkFingerprint(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const fingerprint = parseFingerprint(text)
  if (fingerprint === undefined) throw invalid('Its fingerprint is not 32 hex pairs.')
  return fingerprint
}

function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function invalid(problem: string): HoldfastError {
  return new HoldfastError('input/invalid', {
    detail: `This is no address of a Proxmox Backup Server. ${problem}`,
    hint: 'Write user@realm@host:datastore, or pbs://user@realm@host:8007/datastore.',
  })
}
