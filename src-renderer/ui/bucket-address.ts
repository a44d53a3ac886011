/** A bucket as it is typed: empty is what the store takes when nothing is said. */
export interface BucketFields {
  /** Of any store but Amazon's own. */
  readonly endpoint: string
  readonly region: string
  readonly bucket: string
  readonly folder: string
  readonly accessKey: string
}

export const noBucket: BucketFields = { endpoint: '', region: '', bucket: '', folder: '', accessKey: '' }

export function isBucket(address: string): boolean {
  return address.startsWith('s3://')
}

/** The address of these fields, as docs/engines/s3.md has it; empty while there is no bucket or nobody who asks. */
export function bucketAddress(fields: BucketFields): string {
  const { endpoint, region, bucket, folder, accessKey } = trimmed(fields)
  if (bucket === '' || accessKey === '') return ''
  const parameters = new URLSearchParams()
  if (endpoint !== '') parameters.set('endpoint', /^\w+:\/\//.test(endpoint) ? endpoint : `https://${endpoint}`)
  if (region !== '') parameters.set('region', region)
  // A person reads it: what a query may hold as it is stays as it is.
  const query = parameters.toString().replaceAll('%3A', ':').replaceAll('%2F', '/')
  const path = folder.replace(/^\/+|\/+$/g, '')
  return withAccessKey(`s3://${bucket}${path && `/${path}`}${query && `?${query}`}`, accessKey)
}

/** The same place, asked for by somebody else. */
export function withAccessKey(address: string, accessKey: string): string {
  const who = accessKey === '' ? '' : `${encodeURIComponent(accessKey)}@`
  return address.replace(/^s3:\/\/(?:[^/?]*@)?/, () => `s3://${who}`)
}

/** Empty where the address says nobody. */
export function accessKeyOf(address: string): string {
  const text = /^s3:\/\/([^/?]*)@/.exec(address)?.[1] ?? ''
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function trimmed(fields: BucketFields): BucketFields {
  const { endpoint, region, bucket, folder, accessKey } = fields
  return {
    endpoint: endpoint.trim(),
    region: region.trim(),
    bucket: bucket.trim(),
    folder: folder.trim(),
    accessKey: accessKey.trim(),
  }
}
