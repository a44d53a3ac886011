import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import type { Digest } from '../../../../../src-shared/model/digest.ts'
import type { SnapshotRef } from '../../../../../src-shared/model/snapshot.ts'
import { MAX_ENCODED_CHUNK_BYTES } from '../../../../storage/blob.ts'
import type { PbsApi } from '../pbs-api.ts'
import { snapshotParameters } from '../snapshot-parameters.ts'
import { maxFileBytes } from '../stored-file.ts'
import { isConnectionLost } from '../transport/connection-failure.ts'
import { orAborted } from '../transport/or-aborted.ts'
import type { ProtocolConnection } from '../transport/protocol-connection.ts'
import { withQuery } from '../transport/query.ts'
import { PbsRefusal } from '../transport/refusal.ts'
import { dataOf, MAX_JSON_BYTES } from '../transport/reply.ts'
import { retryLost } from '../transport/retry.ts'

const MAX_SPEEDTEST_BYTES = 16 << 20

export interface ReaderTarget {
  readonly datastore: string
  readonly ref: SnapshotRef
}

/**
 * A reader connection to one snapshot (spec pbs §3). When it is lost, as proxies do to those that are idle, it is made
 * again, and the indexes that were downloaded are asked for once more: the server hands out only chunks of those.
 */
export class ReaderSession {
  readonly #api: PbsApi
  readonly #target: ReaderTarget
  readonly #registered = new Set<string>()
  readonly #closing = new AbortController()
  #connection: Promise<ProtocolConnection> | undefined

  private constructor(api: PbsApi, target: ReaderTarget) {
    this.#api = api
    this.#target = target
  }

  /** Throws `snapshot/unknown`, `auth/denied`, `repository/unreachable`. */
  static async open(api: PbsApi, target: ReaderTarget, signal: AbortSignal): Promise<ReaderSession> {
    const session = new ReaderSession(api, target)
    try {
      await session.#run(async () => undefined, signal)
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  async directory(signal: AbortSignal): Promise<readonly string[]> {
    const bytes = await this.#get('/', MAX_JSON_BYTES, signal)
    const entries = dataOf(z.array(z.object({ subdir: z.string() })), { status: 200, bytes }, '/')
    return entries.map(({ subdir }) => subdir)
  }

  /** A file as it is stored. From then on the chunks of an index can be had. Throws `path/not-found`. */
  async download(filename: string, signal: AbortSignal): Promise<Buffer> {
    const target = withQuery('/download', { 'file-name': filename })
    try {
      const bytes = await this.#get(target, maxFileBytes(filename), signal)
      if (!filename.endsWith('.blob')) this.#registered.add(filename)
      return bytes
    } catch (error) {
      if (error instanceof PbsRefusal && error.code === 'repository/refused')
        throw new HoldfastError('path/not-found', { detail: error.detail, cause: error })
      throw error
    }
  }

  /** A chunk as it is stored, unchecked. Its index was downloaded before. Throws `chunk/missing`. */
  async chunk(digest: Digest, signal: AbortSignal): Promise<Buffer> {
    try {
      return await this.#get(withQuery('/chunk', { digest }), MAX_ENCODED_CHUNK_BYTES, signal)
    } catch (error) {
      if (error instanceof PbsRefusal && error.code === 'repository/refused')
        throw new HoldfastError('chunk/missing', { detail: error.detail, cause: error })
      throw error
    }
  }

  /** Bytes a second that come from the server. */
  async measureDownload(durationMs: number, signal: AbortSignal): Promise<number> {
    const start = performance.now()
    let received = 0
    do received += (await this.#get('/speedtest', MAX_SPEEDTEST_BYTES, signal)).length
    while (performance.now() - start < durationMs)
    return (received / (performance.now() - start)) * 1000
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closing.abort()
    const connection = await this.#connection?.catch(() => undefined)
    await connection?.close()
  }

  async #get(target: string, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
    return await this.#run((connection) => connection.request({ method: 'GET', target, maxBytes }, signal), signal)
  }

  async #run<Result>(work: (connection: ProtocolConnection) => Promise<Result>, signal: AbortSignal): Promise<Result> {
    const once = async () => {
      const connecting = this.#connect()
      try {
        return await work(await orAborted(connecting, signal))
      } catch (error) {
        if (isConnectionLost(error) && this.#connection === connecting) this.#connection = undefined
        throw error
      }
    }
    return await retryLost(once, {
      delaysMs: this.#api.retryDelaysMs,
      signal: AbortSignal.any([signal, this.#closing.signal]),
    })
  }

  /** One connection for all who wait for it; it ends with the session, not with who asked first. */
  #connect(): Promise<ProtocolConnection> {
    if (this.#connection !== undefined) return this.#connection
    const connecting = this.#open(this.#closing.signal)
    this.#connection = connecting
    connecting.catch(() => {
      if (this.#connection === connecting) this.#connection = undefined
    })
    return connecting
  }

  async #open(signal: AbortSignal): Promise<ProtocolConnection> {
    const { datastore, ref } = this.#target
    const parameters = { ...snapshotParameters(ref), store: datastore, debug: true }
    const connection = await this.#api.upgrade('reader', parameters, signal)
    try {
      for (const filename of this.#registered) {
        const target = withQuery('/download', { 'file-name': filename })
        await connection.request({ method: 'GET', target, maxBytes: maxFileBytes(filename) }, signal)
      }
      return connection
    } catch (error) {
      await connection.close()
      throw error
    }
  }
}
