import { isAbsolute, resolve } from 'node:path'
import { readPbsEnvironment, readPbsPassword } from '../../engines/pbs/client/address/environment.ts'
import { isPbsAddress } from '../../engines/pbs/client/address/repository-address.ts'
import { isS3Address, parseS3Address } from '../../repositories/s3/s3-address.ts'
import { completeBucketAddress, readBucketSecret } from './bucket-environment.ts'

/**
 * An address as it was typed, so that it means the same in every folder and environment. Paths become absolute, and a bucket
 * gets what the environment says of it; what has another scheme, and PBS's own notation, stays as it is.
 */
export function wholeAddress(typed: string): string {
  if (isS3Address(typed)) return completeBucketAddress(typed, process.env)
  const isOther = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) || /^[^/]+@[^/]+:/.test(typed)
  return isOther || isAbsolute(typed) ? typed : resolve(typed)
}

/** As the clients of others take them, so that they are in no list of processes; nothing for an address that needs none. */
export function credentialsOf(address: string): { secret?: string; fingerprint?: string } {
  if (isS3Address(address)) {
    const secret = readBucketSecret(address, process.env)
    return secret === undefined ? {} : { secret }
  }
  if (!isPbsAddress(address)) return {}
  const { fingerprint } = readPbsEnvironment(process.env)
  const secret = readPbsPassword(process.env)
  return { ...(secret === undefined ? {} : { secret }), ...(fingerprint === undefined ? {} : { fingerprint }) }
}

/** What the client of Proxmox Backup takes for its servers. */
export function namespaceOf(address: string): string | undefined {
  return isPbsAddress(address) ? process.env.PBS_NAMESPACE : undefined
}

/** What a repository is called when nobody says: the last part of its address. */
export function nameOf(address: string): string {
  if (isS3Address(address)) {
    const { bucket, prefix } = parseS3Address(address)
    return (prefix.split('/').at(-2) ?? bucket).slice(0, 100)
  }
  return (
    address
      .replace(/(\.castr)\/*\?.*$/s, '$1')
      .replace(/\/+$/, '')
      .split(/[/:]/)
      .pop()
      ?.replace(/\.castr$/, '')
      .slice(0, 100) || 'repository'
  )
}
