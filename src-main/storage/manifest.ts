import { timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { HoldfastError } from '../../src-shared/errors.ts'
import { type Digest, digest } from '../../src-shared/model/digest.ts'
import { decodeBlob, encodeBlob, MAX_CHUNK_BYTES } from './blob.ts'
import { canonicalJson, type JsonObject, type JsonValue, parseJson, prettyJson } from './canonical-json.ts'
import type { CryptConfig } from './crypt-config.ts'
import { damaged } from './damage.ts'
import { WRAPPED_KEY_FILENAME } from './master-key.ts'

const SHEET_HINT = 'Bring it back from its recovery sheet: Settings, Security.'
const MASTER_KEY_HINT = 'The private part of the master key brings it back: Repositories, Key.'
/** A manifest travels as one blob, so no larger one can exist (spec pbs §2.1). */
const MAX_MANIFEST_BYTES = MAX_CHUNK_BYTES
/** u64 on the wire. */
const MAX_SIZE = 2n ** 64n - 1n

const wholeNumber = z.union([z.int().nonnegative(), z.bigint().nonnegative()])
const u64 = wholeNumber.transform(BigInt).refine((size) => size <= MAX_SIZE)
const fingerprint = z.string().regex(/^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){31}$/)

/** Members we do not know are kept: they are under the signature too. */
const manifestFile = z.looseObject({
  filename: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/),
  'crypt-mode': z.enum(['none', 'encrypt', 'sign-only']),
  /** Index archives: length of the plain stream. Blobs: length of the encoded file. */
  size: u64,
  /** Index archives: the checksum of the index. Blobs: SHA-256 of the encoded file. */
  csum: digest,
})

const manifestSchema = z.looseObject({
  'backup-type': z.enum(['vm', 'ct', 'host']),
  'backup-id': z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/),
  /** Seconds since 1970. */
  'backup-time': z.int().min(1),
  files: z.array(manifestFile),
  signature: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullish(),
  /** Not signed: the server changes it. */
  unprotected: z
    .looseObject({
      'key-fingerprint': fingerprint.nullish(),
      notes: z.string().nullish(),
      verify_state: z.looseObject({ state: z.enum(['ok', 'failed']), upid: z.string() }).nullish(),
      chunk_upload_stats: z
        .looseObject({ count: wholeNumber, size: wholeNumber, compressed_size: wholeNumber, duplicates: wholeNumber })
        .nullish(),
    })
    .nullish()
    .transform((value) => value ?? {}),
})

/** index.json.blob (spec pbs §4.5), names as the format spells them. */
export type Manifest = z.infer<typeof manifestSchema>
export type ManifestFile = z.infer<typeof manifestFile>

/** The manifest as it is stored: pretty JSON in a blob that is compressed, never encrypted. */
export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  // What the schema made is JSON: strings, numbers, arrays and objects of these.
  return encodeBlob(new TextEncoder().encode(prettyJson(manifest as JsonObject)), { compress: true })
}

/** The manifest with other members of what its signature does not cover: notes, or how it was verified. Throws as `parseManifest`. */
export function changeUnprotected(
  blob: Uint8Array,
  changes: Partial<Manifest['unprotected']>,
): Uint8Array<ArrayBuffer> {
  const manifest = parseManifest(blob)
  return encodeManifest({ ...manifest, unprotected: { ...manifest.unprotected, ...changes } })
}

/** Throws `blob/corrupt` or `manifest/corrupt`. The signature is not looked at: see `verifyManifest`. */
export function parseManifest(blob: Uint8Array): Manifest {
  const json = parseText(decodeBlob(blob, { maxPlainBytes: MAX_MANIFEST_BYTES }))
  const result = manifestSchema.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw corrupt(issue?.path.join('.') ?? '', issue?.message ?? 'is not right')
}

/** The bytes that a signature is made over: everything but the signature itself and what is unprotected. */
export function signedBytes(manifest: Manifest): Uint8Array {
  const { signature: _, unprotected: __, ...rest } = manifest
  try {
    return new TextEncoder().encode(canonicalJson(rest as JsonObject))
  } catch (cause) {
    throw corrupt('manifest', 'has no canonical form', cause)
  }
}

/** The manifest with signature and key fingerprint, for snapshots that are encrypted or signed. */
export function signManifest(manifest: Manifest, crypt: CryptConfig): Manifest {
  return {
    ...manifest,
    signature: crypt.sign(signedBytes(manifest)),
    unprotected: { ...manifest.unprotected, 'key-fingerprint': crypt.fingerprint },
  }
}

/**
 * To be called before data is restored or reused. Throws `key/missing` or `key/wrong` when the manifest names another
 * key than the given one, and `manifest/signature` when it was changed. Manifests that nobody signed are for the caller
 * to judge; 'unchecked' is one with a signature, but without a word by whom and no key at hand.
 */
export function verifyManifest(
  manifest: Manifest,
  crypt: CryptConfig | undefined,
): 'signed' | 'unsigned' | 'unchecked' {
  checkFingerprint(manifest, crypt)
  if (manifest.signature == null) return 'unsigned'
  if (crypt === undefined) return 'unchecked'
  const actual = Buffer.from(crypt.sign(signedBytes(manifest)), 'hex')
  if (!timingSafeEqual(actual, Buffer.from(manifest.signature, 'hex'))) throw new HoldfastError('manifest/signature')
  return 'signed'
}

/** Throws `key/missing` or `key/wrong` unless the key is the one the manifest names, if it names one (§4.5). */
export function checkFingerprint(manifest: Manifest, crypt: CryptConfig | undefined): void {
  const wanted = manifest.unprotected['key-fingerprint']?.toLowerCase()
  if (wanted === undefined) return
  if (crypt === undefined) {
    const hint = findFile(manifest, WRAPPED_KEY_FILENAME) === undefined ? SHEET_HINT : MASTER_KEY_HINT
    throw new HoldfastError('key/missing', { detail: `Its fingerprint is ${wanted}.`, hint })
  }
  if (crypt.fingerprint !== wanted)
    throw new HoldfastError('key/wrong', { detail: `That has fingerprint ${wanted}, this ${crypt.fingerprint}.` })
}

/** The entry of a file; `undefined` when the snapshot has none of this name. */
export function findFile(manifest: Manifest, filename: string): ManifestFile | undefined {
  return manifest.files.find((file) => file.filename === filename)
}

/** Throws `manifest/corrupt` unless length and checksum of a file are what the manifest says (§3). */
export function checkFile(file: ManifestFile, sizeBytes: bigint, csum: Digest): void {
  if (file.size !== sizeBytes) throw corrupt(file.filename, `has ${sizeBytes} bytes, the manifest says ${file.size}`)
  if (file.csum !== csum) throw corrupt(file.filename, `has checksum ${csum}, the manifest says ${file.csum}`)
}

function parseText(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw corrupt('manifest', 'is no JSON', cause)
  }
}

function corrupt(field: string, problem: string, cause?: unknown): HoldfastError {
  return damaged('manifest/corrupt', { format: 'pbs manifest', field, offset: 0, problem, cause })
}
