import { createCipheriv, createDecipheriv, createHash, createHmac, hash, pbkdf2Sync, randomBytes } from 'node:crypto'
import { HoldfastError } from '../../src-shared/errors.ts'
import type { Digest } from '../../src-shared/model/digest.ts'

export const KEY_BYTES = 32
export const IV_BYTES = 16
export const TAG_BYTES = 16

const CIPHER_STEP_BYTES = 256 << 10

/** Spec pbs §5.2: derived with ten rounds, since the input is already a random key. */
const ID_KEY_SALT = '_id_key'
const ID_KEY_ROUNDS = 10

/** Spec pbs §5.2: SHA-256 of "Proxmox Backup Encryption Key Fingerprint". */
const FINGERPRINT_INPUT = Buffer.from('6ed0ef77471fff4d55c7a8fe4a9db62161407f134c725ddf30992d25ec45ed26', 'hex')

/** Ciphertext with what is needed to open it again. */
export interface Encrypted {
  readonly iv: Uint8Array
  readonly tag: Uint8Array
  readonly ciphertext: Uint8Array
}

/** SHA-256 of data that is stored without a key (spec pbs §4.2), also of indexes and encoded blobs. */
export function plainDigest(data: Uint8Array): Digest {
  return hash('sha256', data, 'hex') as Digest // 64 lower-case hex characters by construction
}

/** One encryption key and all that is derived from it (spec pbs §5.2). */
export class CryptConfig {
  /** The key itself: for worker threads and key files, never for a log. */
  readonly key: Uint8Array
  readonly #idKey: Buffer
  /** 32 lower-case hex pairs joined by colons, as manifests and key files carry it. */
  readonly fingerprint: string

  constructor(key: Uint8Array) {
    if (key.length !== KEY_BYTES) throw new HoldfastError('key/invalid', { detail: `It has ${key.length} bytes.` })
    this.key = key.slice()
    this.#idKey = pbkdf2Sync(this.key, ID_KEY_SALT, ID_KEY_ROUNDS, KEY_BYTES, 'sha256')
    this.fingerprint = pairs(this.digest(FINGERPRINT_INPUT))
  }

  /** The first eight pairs: what the original client shows. */
  get shortFingerprint(): string {
    return this.fingerprint.slice(0, 23)
  }

  /** Digest of a chunk under this key (§4.2): the same data under another key is another chunk. */
  digest(data: Uint8Array): Digest {
    return createHash('sha256').update(data).update(this.#idKey).digest('hex') as Digest
  }

  /** HMAC-SHA256 for manifest signatures (§4.5), in hex. */
  sign(bytes: Uint8Array): string {
    return createHmac('sha256', this.#idKey).update(bytes).digest('hex')
  }

  encrypt(plain: Uint8Array): Encrypted {
    return sealBytes(this.key, plain)
  }

  /** Puts the ciphertext, which is as long as `plain`, into `into`. */
  encryptInto(into: Uint8Array, plain: Uint8Array): Omit<Encrypted, 'ciphertext'> {
    return sealInto(into, this.key, plain)
  }

  /** Throws `key/wrong` when the tag does not fit: another key, or damage of the IV, the tag or the ciphertext. */
  decrypt(sealed: Encrypted): Uint8Array {
    const plain = openBytes(this.key, sealed)
    if (plain === undefined) throw new HoldfastError('key/wrong', { detail: `It has fingerprint ${this.fingerprint}.` })
    return plain
  }
}

/** AES-256-GCM with the 16-byte IV that PBS uses and no associated data. */
export function sealBytes(key: Uint8Array, plain: Uint8Array): Encrypted {
  const ciphertext = new Uint8Array(plain.length)
  return { ...sealInto(ciphertext, key, plain), ciphertext }
}

/** The same into memory that is there already, in steps, so that a chunk's ciphertext does not exist twice. */
function sealInto(into: Uint8Array, key: Uint8Array, plain: Uint8Array): Omit<Encrypted, 'ciphertext'> {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  for (let at = 0; at < plain.length; at += CIPHER_STEP_BYTES)
    into.set(cipher.update(plain.subarray(at, at + CIPHER_STEP_BYTES)), at)
  cipher.final() // GCM is a stream cipher: nothing is left, but this makes the tag
  return { iv, tag: cipher.getAuthTag() }
}

/** The plain bytes, or `undefined` when the tag says that key or bytes are wrong. */
export function openBytes(key: Uint8Array, { iv, tag, ciphertext }: Encrypted): Uint8Array | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG_BYTES })
  decipher.setAuthTag(tag)
  const plain = decipher.update(ciphertext)
  try {
    decipher.final()
  } catch {
    return undefined // the only thing final() can say in GCM mode
  }
  return plain
}

function pairs(digest: Digest): string {
  return digest.replace(/..(?!$)/g, '$&:')
}
