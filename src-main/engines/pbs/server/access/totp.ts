import { createHmac, timingSafeEqual } from 'node:crypto'

/** Time-based one-time passwords (RFC 6238): SHA-1, six digits, thirty seconds, as authenticator apps make them. */

const STEP_SECONDS = 30
const DIGITS = 6
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The step a code belongs to, that of `nowSeconds` or one beside it; undefined for a wrong code. */
export function matchTotp(secret: string, code: string, nowSeconds: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined
  const key = decodeBase32(secret)
  const now = Math.floor(nowSeconds / STEP_SECONDS)
  const steps = [now, now - 1, now + 1].filter((step) => step >= 0) // a clock may stand at 1970
  return steps.find((step) => timingSafeEqual(Buffer.from(totpAt(key, step)), Buffer.from(code)))
}

/** The code of a step, which is the time divided by thirty seconds. */
export function totpAt(key: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = (mac.at(-1) ?? 0) & 0x0f // RFC 4226 §5.3: a MAC of 20 bytes has four from any such offset
  const value = mac.readUInt32BE(offset) & 0x7fff_ffff
  return String(value % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** RFC 4648 without regard to padding. Characters that are none of the alphabet were refused by the config's schema. */
export function decodeBase32(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let value = 0
  for (const character of text.replace(/=+$/, '')) {
    value = ((value << 5) | ALPHABET.indexOf(character)) & 0xffff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((value >>> bits) & 0xff)
  }
  return Uint8Array.from(bytes)
}
