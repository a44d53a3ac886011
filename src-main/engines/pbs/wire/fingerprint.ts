import { X509Certificate } from 'node:crypto'

/** SHA-256 of a certificate as PBS writes it: 32 lower-case hex pairs joined by colons (spec pbs §1.1). */
export function certificateFingerprint(certificate: string | Uint8Array): string {
  return new X509Certificate(certificate).fingerprint256.toLowerCase()
}
