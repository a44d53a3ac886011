import type { SipHashKey } from '../siphash.ts'

/** Of the hash of names in GOODBYE tables (spec pbs §7.4), and of the names of item types. */
export const goodbyeKey: SipHashKey = {
  key0: { low: 0xfbb450db | 0, high: 0x83ac3f1c | 0 },
  key1: { low: 0x79369fbd | 0, high: 0xaa4f1b68 | 0 },
}
