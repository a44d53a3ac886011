import { isBucket } from './bucket-address.ts'
import { capitalise, lastComponent } from './words.ts'

/** A Proxmox Backup Server, in either notation: somebody logs in there. */
export function isServer(address: string): boolean {
  return /^pbs:\/\//.test(address) || /^[^/\s]+@[^/\s]+:/.test(address)
}

/** Whether it takes a secret to be let in, which may change. */
export function hasSecret(address: string): boolean {
  return isServer(address) || isBucket(address)
}

/** What a certificate was trusted for: all buckets of a store have the same. */
export function certifiedPart(address: string): string {
  return isBucket(address) ? `s3://?endpoint=${/[?&]endpoint=([^&]*)/.exec(address)?.[1] ?? ''}` : address
}

/** The last part of the address, without what only a machine needs. */
export function suggestName(address: string): string {
  const place = /^[^/\s]+@[^/\s]+:/.test(address) ? address.replace(/^.*:/, '') : address.replace(/^(s3:\/\/).*@/, '$1')
  const [withoutQuery = ''] = place.split('?')
  return capitalise(lastComponent(withoutQuery).replace(/\.castr$/, '')).slice(0, 100)
}
