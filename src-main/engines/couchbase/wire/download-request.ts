import { z } from 'zod'
import { jsonBytes, parseJson } from './json-text.ts'

/** The value of DownloadSnapshot: where a node is to pull a vbucket's snapshot from (spec couchbase §10). */
export interface DownloadRequest {
  readonly host: string
  readonly port: number
  readonly bucket: string
  /** Undefined is a login by certificate. */
  readonly sasl?: { readonly mechanism: string; readonly username: string; readonly password: string } | undefined
  /** Its presence turns TLS on. Paths are those of the node that downloads. */
  readonly tls?: DownloadTls | undefined
  /** Bytes from one fsync to the next, 0 for none; undefined is as the node thinks best. */
  readonly fsyncIntervalBytes?: number | undefined
  /** Size of a write to disk; newer nodes only. */
  readonly writeBytes?: number | undefined
  /** Refuse at once when the disk is too small; newer nodes only. */
  readonly isFailFastAllowed?: boolean | undefined
}

export interface DownloadTls {
  readonly cert: string
  readonly key: string
  readonly caStore: string
  /** Travels in base64. */
  readonly passphrase?: string | undefined
  /** Newer nodes only. */
  readonly isPeerVerified?: boolean | undefined
}

const path = z.string().max(4096).default('')
const base64 = z.string().regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/)

const schema = z.object({
  host: z.string().max(255).default(''),
  port: z.number().int().min(0).max(0xffff).default(0),
  bucket: z.string().max(100).default(''),
  sasl: z
    .object({
      mechanism: z.string().max(200).default('PLAIN'),
      username: z.string().max(1024),
      password: z.string().max(1024),
    })
    .optional(),
  tls: z
    .object({
      cert: path,
      key: path,
      ca_store: path,
      passphrase: base64.max(4096).optional(),
      ssl_peer_verify: z.boolean().optional(),
    })
    .optional(),
  fsync_interval: z.number().int().nonnegative().optional(),
  write_size: z.number().int().positive().optional(),
  allow_fail_fast: z.boolean().optional(),
})

/** Undefined when it is not one. */
export function decodeDownloadRequest(value: Uint8Array): DownloadRequest | undefined {
  const parsed = schema.safeParse(parseJson(value))
  if (!parsed.success) return undefined
  const { host, port, bucket, sasl, tls, fsync_interval, write_size, allow_fail_fast } = parsed.data
  return {
    host,
    port,
    bucket,
    sasl,
    tls: tls && {
      cert: tls.cert,
      key: tls.key,
      caStore: tls.ca_store,
      passphrase: tls.passphrase === undefined ? undefined : Buffer.from(tls.passphrase, 'base64').toString(),
      isPeerVerified: tls.ssl_peer_verify,
    },
    fsyncIntervalBytes: fsync_interval,
    writeBytes: write_size,
    isFailFastAllowed: allow_fail_fast,
  }
}

export function encodeDownloadRequest(request: DownloadRequest): Uint8Array {
  const { host, port, bucket, sasl, tls } = request
  return jsonBytes({
    bucket,
    host,
    port,
    fsync_interval: request.fsyncIntervalBytes,
    write_size: request.writeBytes,
    allow_fail_fast: request.isFailFastAllowed,
    sasl: sasl && { mechanism: sasl.mechanism, password: sasl.password, username: sasl.username },
    tls: tls && {
      ca_store: tls.caStore,
      cert: tls.cert,
      key: tls.key,
      passphrase: tls.passphrase === undefined ? undefined : Buffer.from(tls.passphrase).toString('base64'),
      ssl_peer_verify: tls.isPeerVerified,
    },
  })
}
