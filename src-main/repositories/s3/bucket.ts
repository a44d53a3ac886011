import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { forEachBounded } from '../../storage/datastore/for-each-bounded.ts'
import { bucketCredentials } from './bucket-credentials.ts'
import { bucketFailure, hasCode, isStatus } from './bucket-failure.ts'
import { readBody } from './read-body.ts'
import type { S3Address } from './s3-address.ts'
import { createStoreAgent } from './store-agent.ts'

export interface BucketOptions {
  readonly address: S3Address
  /** The secret access key; that of the environment when undefined. */
  readonly secret?: string | undefined
  /** Of the certificate of the store, as a person trusted it. */
  readonly fingerprint?: string | undefined
  readonly connectTimeoutMs?: number | undefined
  readonly idleTimeoutMs?: number | undefined
  /** How often what may be asked again is asked. */
  readonly attempts?: number | undefined
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/** Names are those below the prefix of the address. */
export interface StoredObject {
  readonly name: string
  readonly sizeBytes: number
  /** By the clock of the store, in Unix milliseconds. */
  readonly modifiedAt: number
}

export interface ObjectContent {
  readonly bytes: Buffer
  /** Stands for exactly this content, for `ifMatch`. */
  readonly etag: string
}

export interface PutOptions {
  /** Only when there is nothing of that name. */
  readonly isNew?: boolean | undefined
  /** Only in the place of exactly this content. */
  readonly ifMatch?: string | undefined
}

const CONNECT_TIMEOUT_MS = 10_000
const IDLE_TIMEOUT_MS = 60_000
const ATTEMPTS = 5
const MAX_SOCKETS = 32
/** What one request may delete. */
const MAX_DELETED = 1000
const DELETES_AT_ONCE = 8

/**
 * The objects of one repository in a bucket, all below the prefix of its address. Reads see what was written before them:
 * Amazon, Ceph and MinIO promise it. What fails on the way is asked again some times.
 *
 * Calls throw `auth/denied`, `auth/untrusted`, `repository/unreachable`, `repository/refused`, `disk/full`.
 */
export class Bucket {
  readonly #client: S3Client
  readonly #address: S3Address
  #canDeleteMany = true
  #canCondition = true

  constructor(options: BucketOptions) {
    const { address, environment = process.env } = options
    const { endpoint, region, isPathStyle } = address
    this.#address = address
    this.#client = new S3Client({
      region,
      forcePathStyle: isPathStyle,
      ...(endpoint !== undefined && { endpoint }),
      // Where an address leads is in it: without, that is Amazon, whatever AWS_ENDPOINT_URL says later.
      ignoreConfiguredEndpointUrls: true,
      credentials: bucketCredentials(options, environment),
      maxAttempts: options.attempts ?? ATTEMPTS,
      // Not every store knows the newer checksums. Requests are signed with the SHA-256 of what they bring, and blocks, indexes and
      // manifests carry sums of their own.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
        socketTimeout: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
        httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
        httpsAgent: createStoreAgent({ fingerprint: options.fingerprint, maxSockets: MAX_SOCKETS, environment }),
      },
    })
  }

  /** Undefined when there is none. No more than `maxBytes` are read. */
  async get(name: string, maxBytes: number, signal: AbortSignal): Promise<ObjectContent | undefined> {
    try {
      return await this.#send(signal, async (abort) => {
        const { Body, ContentLength, ETag } = await this.#client.send(new GetObjectCommand(this.#object(name)), abort)
        const bytes = await readBody(Body, { name, sizeBytes: ContentLength, maxBytes })
        return { bytes, etag: ETag ?? '' }
      })
    } catch (error) {
      if (isStatus(error, 404) && !hasCode(error, 'NoSuchBucket')) return undefined
      throw this.#failure(error, signal)
    }
  }

  /** Undefined when there is none. */
  async head(name: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    const found = await this.#head(name, signal)
    return found && { name, sizeBytes: found.ContentLength ?? 0, modifiedAt: found.LastModified?.getTime() ?? 0 }
  }

  /** False when the condition did not hold, and nothing was changed. */
  async put(
    name: string,
    bytes: Uint8Array,
    signal: AbortSignal,
    { isNew = false, ifMatch }: PutOptions = {},
  ): Promise<boolean> {
    if (ifMatch !== undefined) {
      // Ceph's gateway compares with the quotes, and has none in what it compares with.
      for (const IfMatch of [ifMatch, ifMatch.replaceAll('"', '')]) {
        if (await this.#put(name, bytes, { IfMatch }, signal)) return true
      }
      return false
    }
    if (await this.#put(name, bytes, isNew ? { IfNoneMatch: '*' } : {}, signal)) return true
    // A request whose answer was lost is sent again, and then finds what it has put itself.
    const there = await this.head(name, signal)
    return (
      there?.sizeBytes === bytes.length && (await this.get(name, bytes.length, signal))?.bytes.equals(bytes) === true
    )
  }

  /** False when there is no such object. */
  async copy(from: string, to: string, signal: AbortSignal): Promise<boolean> {
    const { Bucket: bucket, Key } = this.#object(from)
    const CopySource = [bucket, ...Key.split('/')].map(encodeURIComponent).join('/')
    try {
      const command = new CopyObjectCommand({ ...this.#object(to), CopySource })
      await this.#send(signal, (abort) => this.#client.send(command, abort))
      return true
    } catch (error) {
      if (isStatus(error, 404) && !hasCode(error, 'NoSuchBucket')) return false
      throw this.#failure(error, signal)
    }
  }

  /** In order of their names, also those in "folders" below. What is not there is no failure. */
  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject, void, undefined> {
    for await (const { Contents = [] } of this.#pages({ prefix }, signal)) {
      for (const { Key, Size = 0, LastModified } of Contents) {
        if (Key === undefined || !Key.startsWith(this.#address.prefix)) continue
        const name = Key.slice(this.#address.prefix.length)
        yield { name, sizeBytes: Size, modifiedAt: LastModified?.getTime() ?? 0 }
      }
    }
  }

  /** What stands between a prefix and the next slash, for names that go on behind it. */
  async *folders(prefix: string, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    for await (const { CommonPrefixes = [] } of this.#pages({ prefix, Delimiter: '/' }, signal)) {
      for (const { Prefix } of CommonPrefixes) {
        if (Prefix !== undefined) yield Prefix.slice(this.#address.prefix.length + prefix.length, -1)
      }
    }
  }

  /** What is not there is no failure. */
  async delete(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < names.length; at += MAX_DELETED) {
      const some = names.slice(at, at + MAX_DELETED)
      if (some.length > 1 && this.#canDeleteMany && (await this.#deleteMany(some, signal))) continue
      await forEachBounded(some, DELETES_AT_ONCE, async (name) => {
        try {
          const command = new DeleteObjectCommand(this.#object(name))
          await this.#send(signal, (abort) => this.#client.send(command, abort))
        } catch (error) {
          if (!isStatus(error, 404) || hasCode(error, 'NoSuchBucket')) throw this.#failure(error, signal)
        }
      })
    }
  }

  close(): void {
    this.#client.destroy()
  }

  async #head(name: string, signal: AbortSignal): Promise<HeadObjectCommandOutput | undefined> {
    try {
      return await this.#send(signal, (abort) => this.#client.send(new HeadObjectCommand(this.#object(name)), abort))
    } catch (error) {
      if (isStatus(error, 404)) return undefined // an absent bucket looks the same; the next call says so
      throw this.#failure(error, signal)
    }
  }

  async #put(
    name: string,
    bytes: Uint8Array,
    condition: { readonly IfNoneMatch?: string; readonly IfMatch?: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const isConditional = condition.IfNoneMatch !== undefined || condition.IfMatch !== undefined
    try {
      const sent = isConditional && this.#canCondition ? condition : {}
      if (isConditional && !this.#canCondition && !(await this.#holds(name, condition, signal))) return false
      const command = new PutObjectCommand({ ...this.#object(name), ...sent, Body: bytes })
      await this.#send(signal, (abort) => this.#client.send(command, abort))
      return true
    } catch (error) {
      if (isConditional && (isStatus(error, 412) || isStatus(error, 409) || hasCode(error, 'NoSuchKey'))) return false
      if (!isConditional || !this.#canCondition || !isStatus(error, 501)) throw this.#failure(error, signal)
      this.#canCondition = false
      return await this.#put(name, bytes, condition, signal)
    }
  }

  /** What a store that knows no conditions is asked instead. Whoever needs more than that has a lock. */
  async #holds(
    name: string,
    { IfMatch }: { readonly IfNoneMatch?: string; readonly IfMatch?: string },
    signal: AbortSignal,
  ): Promise<boolean> {
    const found = await this.#head(name, signal)
    return IfMatch === undefined
      ? found === undefined
      : found?.ETag?.replaceAll('"', '') === IfMatch.replaceAll('"', '')
  }

  /** False when the store has no such call, or wants it with a sum of another kind. */
  async #deleteMany(names: readonly string[], signal: AbortSignal): Promise<boolean> {
    const Objects = names.map((name) => ({ Key: this.#object(name).Key }))
    try {
      const command = new DeleteObjectsCommand({ Bucket: this.#address.bucket, Delete: { Objects, Quiet: true } })
      const { Errors = [] } = await this.#send(signal, (abort) => this.#client.send(command, abort))
      const refused = Errors.find(({ Code }) => Code !== 'NoSuchKey')
      if (refused === undefined) return true
      throw Object.assign(new Error(refused.Message ?? ''), {
        name: refused.Code ?? '',
        $metadata: { httpStatusCode: 403 },
      })
    } catch (error) {
      if (!isStatus(error, 400) && !isStatus(error, 501)) throw this.#failure(error, signal)
      this.#canDeleteMany = false
      return false
    }
  }

  async *#pages(query: { readonly prefix: string; readonly Delimiter?: string }, signal: AbortSignal) {
    const { bucket, prefix } = this.#address
    let ContinuationToken: string | undefined
    do {
      const command = new ListObjectsV2Command({
        Bucket: bucket,
        Prefix: `${prefix}${query.prefix}`,
        Delimiter: query.Delimiter,
        ContinuationToken,
      })
      const page = await this.#send(signal, (abort) => this.#client.send(command, abort)).catch((error: unknown) => {
        throw this.#failure(error, signal)
      })
      yield page
      const next = page.IsTruncated ? page.NextContinuationToken : undefined
      if (next !== undefined && next === ContinuationToken) {
        throw new ProtocolError('S3', 'NextContinuationToken', 0, 'the listing does not go on')
      }
      ContinuationToken = next
    } while (ContinuationToken !== undefined)
  }

  #object(name: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#address.bucket, Key: `${this.#address.prefix}${name}` }
  }

  /** An abort passes through as it is. */
  async #send<Answer>(
    signal: AbortSignal,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<Answer>,
  ): Promise<Answer> {
    signal.throwIfAborted()
    try {
      return await send({ abortSignal: signal })
    } catch (error) {
      signal.throwIfAborted()
      throw error
    }
  }

  #failure(error: unknown, signal: AbortSignal): unknown {
    return signal.aborted ? signal.reason : bucketFailure(error, this.#address)
  }
}
