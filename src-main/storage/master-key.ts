import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  hash,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
} from 'node:crypto'
import { promisify } from 'node:util'
import { HoldfastError } from '../../src-shared/errors.ts'
import type { MasterPublicKey } from '../../src-shared/model/repository.ts'
import { decodeBlob, encodeBlob } from './blob.ts'
import { CryptConfig, KEY_BYTES } from './crypt-config.ts'
import { type KeyFile, parseKeyFile, sealKey } from './key-file.ts'

/** Where a snapshot keeps its key for the holder of the master key (spec pbs §4.7). */
export const WRAPPED_KEY_FILENAME = 'rsa-encrypted.key.blob'

const MODULUS_BITS = 4096
/** No RSA key in use is longer, and what it encrypts is not longer than it. */
const MAX_WRAPPED_BYTES = 16384 / 8
/** As lines are numbered on paper: `07: 8OCFwb…`. */
const LINE_NUMBER = /^\d{2,3}: /gm
/** PKCS#1 v1.5: 00 02, at least eight bytes of padding, 00. */
const MIN_PADDING_BYTES = 8
const PADDING_OVERHEAD = MIN_PADDING_BYTES + 3

/** The blob of one key, for one master key: made when it is wanted. */
export type WrapKey = () => Promise<Uint8Array>

/** A pair of PEM texts: the public one stays with a repository, the private one goes into a vault, never onto this disk. */
export interface MasterKey {
  readonly publicKey: string
  readonly privateKey: string
}

/** RSA 4096, the private part as PKCS#8 under AES-256 and the passphrase, as the original makes it. */
export async function createMasterKey(passphrase: string): Promise<MasterKey> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: MODULUS_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase },
  })
}

/**
 * What there is to know of a public master key, whose text is brought into one form. Throws `key/invalid` for what is no RSA
 * key, is too short to wrap a key, or is the private part, which must not lie about.
 */
export async function inspectMasterKey(text: string): Promise<MasterPublicKey> {
  if (/PRIVATE KEY-----/.test(text))
    throw new HoldfastError('key/invalid', { detail: 'This is the private part of a master key, not the public one.' })
  const key = readKey(() => createPublicKey(text))
  const publicKey = key.export({ type: 'spki', format: 'pem' }).toString()
  await wrapKey(new CryptConfig(new Uint8Array(KEY_BYTES)), publicKey, { now: new Date(0) })
  const digest = hash('sha256', key.export({ type: 'spki', format: 'der' }))
  return { publicKey, fingerprint: digest.replace(/..(?!$)/g, '$&:'), bits: modulusBytes(key) * 8 }
}

/** The blob `rsa-encrypted.key.blob` of a snapshot: the key, so that the holder of the master key can open the snapshot. */
export async function wrapKey(
  crypt: CryptConfig,
  publicKey: string,
  { now, created }: { readonly now: Date; readonly created?: string | undefined },
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await sealKey(crypt, { now, ...(created === undefined ? {} : { created }) })
  const plain = Buffer.from(JSON.stringify(file))
  const key = readKey(() => createPublicKey(publicKey))
  const room = modulusBytes(key) - PADDING_OVERHEAD
  if (plain.length > room)
    throw new HoldfastError('key/invalid', { detail: `The master key has room for ${room} of ${plain.length} bytes.` })
  const wrapped = publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, plain)
  return encodeBlob(wrapped, { compress: false })
}

/**
 * The key file in a wrapped key. Throws `key/denied` when the passphrase does not open the master key, `key/wrong`
 * when that is not the one, `blob/corrupt` and `key/invalid` for damage.
 */
export function recoverKey(blob: Uint8Array, privateKey: string, passphrase?: string): KeyFile {
  const wrapped = decodeBlob(blob, { maxPlainBytes: MAX_WRAPPED_BYTES })
  const pem = privateKey.replaceAll(LINE_NUMBER, '')
  const key = readKey(() => createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) }))
  if (wrapped.length !== modulusBytes(key)) throw new HoldfastError('key/wrong', { detail: 'Its length differs.' })
  return parseKeyFile(stripPadding(decryptRaw(key, wrapped)).toString())
}

/** Node refuses to take PKCS#1 v1.5 padding off, because servers should not; here nobody can ask twice (§11). */
function decryptRaw(key: KeyObject, wrapped: Uint8Array): Buffer {
  try {
    return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, wrapped)
  } catch (cause) {
    throw new HoldfastError('key/wrong', { cause }) // the number is not below the modulus
  }
}

function stripPadding(padded: Buffer): Buffer {
  const end = padded.indexOf(0, 2)
  if (padded[0] !== 0 || padded[1] !== 2 || end < 2 + MIN_PADDING_BYTES) throw new HoldfastError('key/wrong')
  return padded.subarray(end + 1)
}

function modulusBytes(key: KeyObject): number {
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (key.asymmetricKeyType !== 'rsa' || bits === undefined)
    throw new HoldfastError('key/invalid', { detail: 'The master key is no RSA key.' })
  return Math.ceil(bits / 8)
}

/** OpenSSL says with a code of its own that a passphrase is missing or wrong. */
function readKey(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    throw new HoldfastError(/PASSPHRASE|BAD_DECRYPT|INTERRUPTED/.test(code) ? 'key/denied' : 'key/invalid', { cause })
  }
}
