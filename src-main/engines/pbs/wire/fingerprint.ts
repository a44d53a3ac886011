import { X509Certificate } from 'node:crypto'

/** SHA-256 of a certificate as PBS writes it: 32 lower-case hex pairs joined by colons (spec pbs §1.1). */
export function certificateFingerprint(certificate: string | Uint8Array): string {
  return new X509Certificate(certificate).fingerprint256.toLowerCase()
}

/** A fingerprint as a person may write it, with colons or without, in any case, as PBS writes it; undefined when it is none. */
export function parseFingerprint(text: string): string | undefined {
  const hex = text.trim().toLowerCase()
  if (!/^[0-9a-f]{2}(?:(?::[0-9a-f]{2}){31}|(?:[0-9a-f]{2}){31})$/.test(hex)) return undefined
  return hex.replaceAll(':', '').replace(/..(?=.)/g, '$&:')
}
