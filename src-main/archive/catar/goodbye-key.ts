import type { SipHashKey } from '../siphash.ts'

/** Of the hash of names in GOODBYE tables (spec casync §10.6): `b3 84 1d 0f 2b 44 74 85 c1 2e c2 d1 30 ed 36 27`. */
export const goodbyeKey: SipHashKey = {
  key0: { low: 0x0f1d84b3 | 0, high: 0x8574442b | 0 },
  key1: { low: 0xd1c22ec1 | 0, high: 0x2736ed30 | 0 },
}
