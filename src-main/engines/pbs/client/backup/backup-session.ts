import { z } from 'zod'
import type { Digest } from '../../../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { compactJson } from '../../../../storage/canonical-json.ts'
import type { PbsApi } from '../pbs-api.ts'
import { snapshotParameters } from '../snapshot-parameters.ts'
import { maxFileBytes } from '../stored-file.ts'
import type { ProtocolConnection } from '../transport/protocol-connection.ts'
import { type Parameters, withQuery } from '../transport/query.ts'
import { PbsRefusal } from '../transport/refusal.ts'
import { dataOf, MAX_JSON_BYTES } from '../transport/reply.ts'
import { IndexUpload } from './index-upload.ts'
import { UploadWindow } from './upload-window.ts'

/** What the original benchmark posts at once (spec pbs §2.7). */
const SPEEDTEST_BYTES = 4 << 20

export interface BackupTarget {
  readonly datastore: string
  readonly ref: SnapshotRef
  /** Only for `host/benchmark`: nothing of it stays. */
  readonly isBenchmark?: boolean | undefined
}

/** An image whose index is a fixed one. */
export interface ImageIndex {
  /** Length of the image; absent for one whose length shows at its end, which servers before 4 do not take. */
  readonly sizeBytes?: bigint | undefined
  /** Checksum of the base's index, to start from that. */
  readonly reuseCsum?: Digest | undefined
}

/**
 * A backup connection (spec pbs §2): a snapshot that is there when `finish` returns, and that the server removes when
 * the connection ends before. Everything that is called ends when the signal given to `open` aborts.
 */
export class BackupSession {
  readonly signal: AbortSignal
  readonly window = new UploadWindow()
  readonly #connection: ProtocolConnection

  private constructor(connection: ProtocolConnection, signal: AbortSignal) {
    this.#connection = connection
    this.signal = signal
  }

  /** Throws what the checks of §1.6 refuse: `repository/locked`, `snapshot/exists`, `auth/denied`, `path/not-found`. */
  static async open(api: PbsApi, target: BackupTarget, signal: AbortSignal): Promise<BackupSession> {
    const { datastore, ref, isBenchmark = false } = target
    const parameters = { ...snapshotParameters(ref), store: datastore, benchmark: isBenchmark, debug: true }
    return new BackupSession(await api.upgrade('backup', parameters, signal), signal)
  }

  /** What there is to call: for those who look around. */
  async directory(): Promise<readonly string[]> {
    return (await this.#get('/', z.array(z.object({ subdir: z.string() })))).map(({ subdir }) => subdir)
  }

  /** Unix seconds of the snapshot that this one may build on; undefined when there is none. */
  async previousBackupTime(): Promise<number | undefined> {
    return (await this.#get('/previous_backup_time', z.int().positive().nullable())) ?? undefined
  }

  /** A file of the base; the chunks of an index may be referred to from then on. Undefined when it has no such file. */
  async previous(filename: string): Promise<Buffer | undefined> {
    const target = withQuery('/previous', { 'archive-name': filename })
    try {
      return await this.#connection.request({ method: 'GET', target, maxBytes: maxFileBytes(filename) }, this.signal)
    } catch (error) {
      // Without a base the status is 400 and the words say so; a naive client would take them for an index (§10.1).
      const isAbsent =
        error instanceof PbsRefusal && (error.status === 404 || error.text.includes('no valid previous backup'))
      if (isAbsent) return undefined
      throw error
    }
  }

  /** An encoded blob. */
  async uploadBlob(filename: string, blob: Uint8Array): Promise<void> {
    await this.post('/blob', { 'encoded-size': blob.length, 'file-name': filename }, blob)
  }

  /** Begins an archive; with `image` its index is a fixed one. */
  async openIndex(filename: string, image?: ImageIndex): Promise<IndexUpload> {
    const kind = image === undefined ? 'dynamic' : 'fixed'
    const parameters = {
      'archive-name': filename,
      size: image?.sizeBytes,
      'reuse-csum': image?.reuseCsum,
    }
    const id = await this.#send('POST', `/${kind}_index`, parameters, z.int().min(1).max(256))
    return new IndexUpload(this, { kind, id, isIncremental: image?.reuseCsum !== undefined })
  }

  /** Bytes a second that get to the server, measured for a while; nothing of them stays. */
  async measureUpload(durationMs: number): Promise<number> {
    const bytes = Buffer.alloc(SPEEDTEST_BYTES, 0xaa)
    const start = performance.now()
    let sent = 0
    do {
      await this.post('/speedtest', {}, bytes)
      sent += bytes.length
    } while (performance.now() - start < durationMs)
    return (sent / (performance.now() - start)) * 1000
  }

  /** The snapshot is there from now on; the manifest was the last blob. */
  async finish(): Promise<void> {
    await this.#send('POST', '/finish', {}, z.null())
  }

  /** Drops the connection: after `finish` that is how it ends, before it the server removes what there is. */
  async close(): Promise<void> {
    await this.#connection.close()
  }

  /** For `IndexUpload`: raw bytes, or a call whose parameters are all in the query. */
  async post(path: string, parameters: Parameters, bytes?: Uint8Array, sent?: () => void): Promise<void> {
    const target = withQuery(path, parameters)
    const body = bytes === undefined ? undefined : { contentType: 'application/octet-stream', bytes, sent }
    await this.#connection.request({ method: 'POST', target, body, maxBytes: MAX_JSON_BYTES }, this.signal)
  }

  /** For `IndexUpload`: lists are too long for a query (§10.1). */
  async put(
    path: string,
    parameters: { readonly [key: string]: number | readonly (string | bigint)[] },
  ): Promise<void> {
    const body = { contentType: 'application/json', bytes: new TextEncoder().encode(compactJson(parameters)) }
    await this.#connection.request({ method: 'PUT', target: path, body, maxBytes: MAX_JSON_BYTES }, this.signal)
  }

  async #get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
    const bytes = await this.#connection.request({ method: 'GET', target: path, maxBytes: MAX_JSON_BYTES }, this.signal)
    return dataOf(schema, { status: 200, bytes }, path)
  }

  async #send<Schema extends z.ZodType>(
    method: 'POST' | 'PUT',
    path: string,
    parameters: Parameters,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const target = withQuery(path, parameters)
    const bytes = await this.#connection.request({ method, target, maxBytes: MAX_JSON_BYTES }, this.signal)
    return dataOf(schema, { status: 200, bytes }, path)
  }
}
