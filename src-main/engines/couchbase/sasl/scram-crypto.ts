import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { digests, type ScramMechanism } from './mechanism.ts'

/** The functions of RFC 5802 §3, with the mechanism's digest. */
const derive = promisify(pbkdf2)

export function hmac(mechanism: ScramMechanism, key: Uint8Array, text: string): Buffer {
  return createHmac(digests[mechanism].name, key).update(text).digest()
}

export function hash(mechanism: ScramMechanism, data: Uint8Array): Buffer {
  return createHash(digests[mechanism].name).update(data).digest()
}

/** Hi(): slow on purpose, on a thread of the pool. The password is used as UTF-8, as Couchbase does. */
export function saltPassword(
  mechanism: ScramMechanism,
  { password, salt, iterations }: { password: string; salt: Uint8Array; iterations: number },
): Promise<Buffer> {
  const { name, bytes } = digests[mechanism]
  return derive(password, salt, iterations, bytes, name)
}

export function xor(a: Uint8Array, b: Uint8Array): Buffer {
  return Buffer.from(a.map((byte, index) => byte ^ (b[index] ?? 0)))
}

/** What the server keeps of a password: enough to check a proof, not to make one (RFC 5802 §3). */
export interface ScramKeys {
  readonly salt: Uint8Array
  readonly iterations: number
  readonly storedKey: Uint8Array
  readonly serverKey: Uint8Array
}

export function keysOf(
  mechanism: ScramMechanism,
  saltedPassword: Uint8Array,
): { readonly clientKey: Buffer; readonly storedKey: Buffer; readonly serverKey: Buffer } {
  const clientKey = hmac(mechanism, saltedPassword, 'Client Key')
  return {
    clientKey,
    storedKey: hash(mechanism, clientKey),
    serverKey: hmac(mechanism, saltedPassword, 'Server Key'),
  }
}

/** The reference's default. */
export const ITERATIONS = 15_000

export async function makeScramKeys(
  mechanism: ScramMechanism,
  { password, salt, iterations = ITERATIONS }: { password: string; salt: Uint8Array; iterations?: number | undefined },
): Promise<ScramKeys> {
  const { storedKey, serverKey } = keysOf(mechanism, await saltPassword(mechanism, { password, salt, iterations }))
  return { salt, iterations, storedKey, serverKey }
}
