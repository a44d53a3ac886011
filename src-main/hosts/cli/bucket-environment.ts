import { formatS3Address, parseS3Address } from '../../repositories/s3/s3-address.ts'

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The address of a bucket with what it leaves open, as other programs take it from the environment: the store from
 * `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`, its region from `AWS_REGION` or `AWS_DEFAULT_REGION`, who asks from
 * `AWS_ACCESS_KEY_ID`. Keys of a session (`AWS_SESSION_TOKEN`) end soon and are not written down.
 *
 * @throws HoldfastError `input/invalid`
 */
export function completeBucketAddress(text: string, variables: Variables): string {
  const given = parseS3Address(text)
  const [place = '', query = ''] = text.split('?')
  const parameters = new URLSearchParams(query)
  const endpoint = variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL
  const region = variables.AWS_REGION || variables.AWS_DEFAULT_REGION
  if (endpoint && !parameters.has('endpoint')) parameters.set('endpoint', endpoint)
  if (region && !parameters.has('region')) parameters.set('region', region)
  const accessKeyId = given.accessKeyId ?? lastingKey(variables)
  // Read once more: a store of one's own has its buckets in the path.
  return formatS3Address({ ...parseS3Address(`${place}?${parameters}`), accessKeyId })
}

/** The secret of the key in the address; undefined when the environment has that of another, or one that ends soon. */
export function readBucketSecret(address: string, variables: Variables): string | undefined {
  const { accessKeyId } = parseS3Address(address)
  const isOther = variables.AWS_ACCESS_KEY_ID && variables.AWS_ACCESS_KEY_ID !== accessKeyId
  if (isOther || accessKeyId === undefined || variables.AWS_SESSION_TOKEN) return undefined
  return variables.AWS_SECRET_ACCESS_KEY || undefined
}

function lastingKey({ AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN }: Variables): string | undefined {
  return AWS_SESSION_TOKEN ? undefined : AWS_ACCESS_KEY_ID || undefined
}
