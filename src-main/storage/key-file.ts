import { pbkdf2, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import { HoldfastError } from '../../src-shared/errors.ts'
import { CryptConfig, IV_BYTES, KEY_BYTES, openBytes, sealBytes, TAG_BYTES } from './crypt-config.ts'

/** Spec pbs §5.1. */
export const MIN_PASSPHRASE_LENGTH = 5
const SALT_BYTES = 32
const SCRYPT_DEFAULTS = { n: 65536, r: 8, p: 1 }
const PBKDF2_ROUNDS = 65535

/** What a file may ask of this machine: memory of scrypt (128 · n · r), rounds of the rest. Well above any default. */
const MAX_SCRYPT_MEMORY = 1 << 30
const MAX_SCRYPT_PARALLEL = 16
const MAX_PBKDF2_ROUNDS = 10_000_000
/** Room for scrypt's other buffers, above what the formula says. */
const SCRYPT_SLACK = 1 << 20

const base64 = z.base64().max(4096)
const positive = z.int().min(1)
const timestamp = z.iso.datetime({ offset: true })

const kdfSchema = z.union([
  z.null(),
  z.strictObject({
    Scrypt: z
      .object({ n: positive, r: positive, p: positive.max(MAX_SCRYPT_PARALLEL), salt: base64 })
      .refine(({ n, r }) => n > 1 && Number.isInteger(Math.log2(n)) && 128 * n * r <= MAX_SCRYPT_MEMORY),
  }),
  z.strictObject({ PBKDF2: z.object({ iter: positive.max(MAX_PBKDF2_ROUNDS), salt: base64 }) }),
])

/** The key file of the original client (spec pbs §5.1). Without a kdf, `data` is the key itself. */
const keyFileSchema = z.looseObject({
  kdf: kdfSchema.nullish().transform((kdf) => kdf ?? null),
  created: timestamp,
  modified: timestamp,
  data: base64,
  fingerprint: z
    .string()
    .regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){31}$/)
    .nullish(),
  hint: z.string().max(4096).nullish(),
})

export type KeyFile = z.infer<typeof keyFileSchema>
type Kdf = NonNullable<KeyFile['kdf']>

export interface KeyFileOptions {
  readonly now: Date
  /** Without, the key lies open in the file. */
  readonly passphrase?: string | undefined
  /** How the passphrase becomes a key; scrypt unless told otherwise. */
  readonly kdf?: 'scrypt' | 'pbkdf2' | undefined
  /** Words that help the person to remember. They are not secret. */
  readonly hint?: string | undefined
}

const scryptAsync = promisify<string, Uint8Array, number, object, Buffer>(scrypt)
const pbkdf2Async = promisify(pbkdf2)

/** The lines around a key file on paper, as `proxmox-backup-client key paperkey` prints them. */
export const PAPER_KEY_BEGIN = '-----BEGIN PROXMOX BACKUP KEY-----'
export const PAPER_KEY_END = '-----END PROXMOX BACKUP KEY-----'

/** The text of a file, or of a whole sheet with a key file on it. Throws `key/invalid`. */
export function parseKeyFile(text: string): KeyFile {
  let json: unknown
  try {
    json = JSON.parse(fromPaper(text))
  } catch (cause) {
    throw new HoldfastError('key/invalid', { detail: 'It is no JSON.', cause })
  }
  const result = keyFileSchema.safeParse(json)
  if (result.success) return result.data
  throw new HoldfastError('key/invalid', { detail: z.prettifyError(result.error), cause: result.error })
}

/** What stands between the two lines, if they are there. */
function fromPaper(text: string): string {
  const begin = text.indexOf(PAPER_KEY_BEGIN)
  const end = text.indexOf(PAPER_KEY_END, begin)
  return begin < 0 || end < 0 ? text : text.slice(begin + PAPER_KEY_BEGIN.length, end)
}

/** As the file is stored. */
export function formatKeyFile(file: KeyFile): string {
  return JSON.stringify(file, undefined, 2)
}

/** A new random key in a new file. */
export async function createKeyFile(options: KeyFileOptions): Promise<{ file: KeyFile; crypt: CryptConfig }> {
  const crypt = new CryptConfig(randomBytes(KEY_BYTES))
  return { file: await sealKey(crypt, options), crypt }
}

/** An existing key in a new file. `created` is when the key was made, if that was earlier. */
export async function sealKey(crypt: CryptConfig, options: KeyFileOptions & { created?: string }): Promise<KeyFile> {
  const { now, passphrase, kdf: kind = 'scrypt', hint, created } = options
  const modified = formatTime(now)
  // Members in the order of the original, which is that of its paper keys.
  const file = (kdf: KeyFile['kdf'], data: Uint8Array): KeyFile => ({
    kdf,
    created: created ?? modified,
    modified,
    data: Buffer.from(data).toString('base64'),
    fingerprint: crypt.fingerprint,
    ...(hint === undefined ? {} : { hint }),
  })
  if (passphrase === undefined) return file(null, crypt.key)
  if (passphrase.length < MIN_PASSPHRASE_LENGTH)
    throw new HoldfastError('input/invalid', {
      detail: `A passphrase has ${MIN_PASSPHRASE_LENGTH} characters or more.`,
    })
  const salt = randomBytes(SALT_BYTES).toString('base64')
  const kdf: Kdf =
    kind === 'scrypt' ? { Scrypt: { ...SCRYPT_DEFAULTS, salt } } : { PBKDF2: { iter: PBKDF2_ROUNDS, salt } }
  const { iv, tag, ciphertext } = sealBytes(await derive(kdf, passphrase), crypt.key)
  return file(kdf, Buffer.concat([iv, tag, ciphertext]))
}

/**
 * The key in a file. Throws `key/denied` for a wrong passphrase, or none where one is needed, and `key/invalid` when
 * the key is not the one whose fingerprint the file names.
 */
export async function openKeyFile(file: KeyFile, passphrase?: string): Promise<CryptConfig> {
  const data = Buffer.from(file.data, 'base64')
  const crypt = new CryptConfig(file.kdf === null ? data : await openKey(file.kdf, data, passphrase))
  const wanted = file.fingerprint?.toLowerCase()
  if (wanted !== undefined && wanted !== crypt.fingerprint)
    throw new HoldfastError('key/invalid', { detail: `It names ${wanted}, but holds ${crypt.fingerprint}.` })
  return crypt
}

/** The same key under another passphrase, or under none. Throws what `openKeyFile` throws. */
export async function changePassphrase(
  file: KeyFile,
  passphrase: string | undefined,
  options: KeyFileOptions,
): Promise<KeyFile> {
  return sealKey(await openKeyFile(file, passphrase), { ...options, created: file.created })
}

/** The key in the open, for paper, or to be wrapped with a master key. Throws what `openKeyFile` throws. */
export async function exportKey(file: KeyFile, passphrase: string | undefined, now: Date): Promise<KeyFile> {
  return changePassphrase(file, passphrase, { now })
}

/** RFC 3339 with an offset, to the second, as the original writes it. */
function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '+00:00')
}

async function openKey(kdf: Kdf, data: Uint8Array, passphrase: string | undefined): Promise<Uint8Array> {
  const expected = IV_BYTES + TAG_BYTES + KEY_BYTES
  if (data.length !== expected)
    throw new HoldfastError('key/invalid', { detail: `It holds ${data.length} bytes instead of ${expected}.` })
  if (passphrase === undefined) throw new HoldfastError('key/denied', { detail: 'There is none.' })
  const key = openBytes(await derive(kdf, passphrase), {
    iv: data.subarray(0, IV_BYTES),
    tag: data.subarray(IV_BYTES, IV_BYTES + TAG_BYTES),
    ciphertext: data.subarray(IV_BYTES + TAG_BYTES),
  })
  if (key === undefined) throw new HoldfastError('key/denied')
  return key
}

function derive(kdf: Kdf, passphrase: string): Promise<Uint8Array> {
  if ('PBKDF2' in kdf) {
    const { iter, salt } = kdf.PBKDF2
    return pbkdf2Async(passphrase, Buffer.from(salt, 'base64'), iter, KEY_BYTES, 'sha256')
  }
  const { n, r, p, salt } = kdf.Scrypt
  const maxmem = 128 * n * r + 128 * r * p + SCRYPT_SLACK
  return scryptAsync(passphrase, Buffer.from(salt, 'base64'), KEY_BYTES, { N: n, r, p, maxmem })
}
