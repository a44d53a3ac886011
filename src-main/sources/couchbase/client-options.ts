import { readFile } from 'node:fs/promises'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { CouchbaseSecrets, CouchbaseSource } from '../../../src-shared/model/couchbase-source.ts'
import type { BucketClientOptions } from '../../engines/couchbase/client/bucket-client.ts'
import type { LoginOptions } from '../../engines/couchbase/client/login.ts'
import { defaultPorts, type NodeAddress, parseAddress } from '../../engines/couchbase/cluster/node-address.ts'

type Access = Pick<CouchbaseSource, 'bucket' | 'user' | 'tls' | 'allowInsecure'>

/** How a source reaches its cluster. Reads the certificates. */
export async function bucketClientOptions(
  spec: CouchbaseSource,
  secrets: CouchbaseSecrets,
): Promise<BucketClientOptions> {
  return {
    ...(await loginOptions(spec, secrets)),
    seeds: spec.hosts.map((text) => nodeAddress(text, spec.tls !== undefined)),
    patienceMs: spec.patienceSeconds * 1000,
  }
}

/** @throws HoldfastError `couchbase/denied` without the password of a user, `input/invalid` for certificates that cannot be read */
export async function loginOptions(
  { tls, user, bucket, allowInsecure }: Access,
  { password, keyPassphrase }: CouchbaseSecrets,
): Promise<LoginOptions> {
  if (user !== undefined && password === undefined)
    throw new HoldfastError('couchbase/denied', { detail: 'There is no password.' })
  return {
    bucket,
    credentials: user === undefined || password === undefined ? undefined : { user, password },
    isInsecureAllowed: allowInsecure,
    tls: tls && {
      authority: await readPem(tls.authorityPath),
      certificate: await readPem(tls.certificatePath),
      key: await readPem(tls.keyPath),
      passphrase: keyPassphrase,
      fingerprint: tls.fingerprint,
    },
  }
}

export function nodeAddress(text: string, isSecure: boolean): NodeAddress {
  const address = parseAddress(text, isSecure ? defaultPorts.secure : defaultPorts.plain)
  if (address === undefined) throw new HoldfastError('input/invalid', { detail: `${text} is no address of a node.` })
  return address
}

async function readPem(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new HoldfastError('input/invalid', { detail: `${file} cannot be read.`, cause })
  }
}
