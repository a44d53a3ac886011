import { HoldfastError } from '../../../src-shared/errors.ts'

/** A place in a bucket of an object store that speaks Amazon's S3. */
export interface S3Address {
  /** Who asks; its secret is never part of an address. That of the environment when undefined. */
  readonly accessKeyId: string | undefined
  readonly bucket: string
  /** What all names begin with: nothing, or parts that each end with a slash. */
  readonly prefix: string
  /** Of any store but Amazon's own, as `https://minio.lan:9000`. */
  readonly endpoint: string | undefined
  readonly region: string
  /** The bucket is in the path of the address, not in the name of the host. */
  readonly isPathStyle: boolean
}

/** What Amazon takes; other stores look at it only to check signatures. */
const DEFAULT_REGION = 'us-east-1'
const MAX_PREFIX_LENGTH = 512
const SCHEME = 's3://'
/** Amazon takes fewer; other stores have buckets with capitals and underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/
const ACCESS_KEY_ID = /^[\x21-\x7e]{1,128}$/
const REGION = /^[A-Za-z0-9-]{1,64}$/
const PREFIX_PART = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/
const PARAMETERS = new Set(['endpoint', 'region', 'style'])

export function isS3Address(text: string): boolean {
  return text.startsWith(SCHEME)
}

/**
 * Reads `s3://[access key id@]bucket[/prefix][?endpoint=https://host:port&region=name&style=path|host]`. Without an
 * endpoint it is Amazon; with one the bucket goes into the path unless told otherwise, as stores of one's own want it.
 *
 * @throws HoldfastError `input/invalid`
 */
export function parseS3Address(text: string): S3Address {
  const { place, query } = split(text)
  const at = place.lastIndexOf('@', place.indexOf('/') === -1 ? undefined : place.indexOf('/'))
  const accessKeyId = at === -1 ? undefined : decode(place.slice(0, at), 'an access key id')
  const [bucket = '', ...parts] = place.slice(at + 1).split('/')
  if (accessKeyId !== undefined && !ACCESS_KEY_ID.test(accessKeyId)) throw invalid('an access key id', accessKeyId)
  if (!BUCKET.test(bucket)) throw invalid('a name of a bucket', bucket)
  if (parts.at(-1) === '') parts.pop()
  const prefix = parts.map((part) => `${part}/`).join('')
  if (prefix.length > MAX_PREFIX_LENGTH || !parts.every((part) => PREFIX_PART.test(part))) {
    throw invalid('a prefix', prefix)
  }
  const parameters = new URLSearchParams(query)
  for (const name of parameters.keys()) if (!PARAMETERS.has(name)) throw invalid('a parameter of a bucket', name)
  const endpoint = readEndpoint(parameters.get('endpoint'))
  const region = parameters.get('region') ?? DEFAULT_REGION
  if (!REGION.test(region)) throw invalid('a region', region)
  const style = parameters.get('style') ?? (endpoint === undefined ? 'host' : 'path')
  if (style !== 'path' && style !== 'host') throw invalid('a style, which is path or host', style)
  return { accessKeyId, bucket, prefix, endpoint, region, isPathStyle: style === 'path' }
}

/** Reads back as the same address. */
export function formatS3Address({ accessKeyId, bucket, prefix, endpoint, region, isPathStyle }: S3Address): string {
  const user = accessKeyId === undefined ? '' : `${encodeURIComponent(accessKeyId)}@`
  const parameters = new URLSearchParams()
  if (endpoint !== undefined) parameters.set('endpoint', endpoint)
  if (region !== DEFAULT_REGION) parameters.set('region', region)
  if (isPathStyle !== (endpoint !== undefined)) parameters.set('style', isPathStyle ? 'path' : 'host')
  // Colons and slashes may stand in a query, and people read this.
  const query = parameters.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')
  return `${SCHEME}${user}${bucket}${prefix === '' ? '' : `/${prefix.slice(0, -1)}`}${query === '' ? '' : `?${query}`}`
}

function split(text: string): { readonly place: string; readonly query: string } {
  if (!isS3Address(text)) throw invalid('an address of a bucket', text)
  const rest = text.slice(SCHEME.length)
  const mark = rest.indexOf('?')
  return mark === -1 ? { place: rest, query: '' } : { place: rest.slice(0, mark), query: rest.slice(mark + 1) }
}

/** Only where a store is: what else an URL may hold would be lost on the way. */
function readEndpoint(text: string | null): string | undefined {
  if (text === null) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (!url || !isPlain || url.pathname !== '/' || !/^https?:$/.test(url.protocol)) throw invalid('an endpoint', text)
  return url.origin
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalid(what, text)
  }
}

function invalid(what: string, value: string): HoldfastError {
  return new HoldfastError('input/invalid', {
    detail: `${JSON.stringify(value.slice(0, 100))} is not ${what}.`,
    hint: 'An address of a bucket is s3://ACCESSKEY@bucket/prefix?endpoint=https://host:9000.',
  })
}
