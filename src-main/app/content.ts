import type { SnapshotId } from '../../src-shared/model/ids.ts'
import type { PlainError } from '../../src-shared/model/plain-error.ts'

/** What a host hands over of a request for the content of an entry; it adds nothing but the transport. */
export interface ContentRequest {
  /** The token out of a `contentUrl` (`content/<token>/<file name>`), or the entry itself for callers in process. */
  readonly entry: string | ContentEntry
  /** The `Range` header, as it came. */
  readonly range?: string | undefined
}

export interface ContentEntry {
  readonly snapshotId: SnapshotId
  readonly path: string
  readonly as: ContentForm
}

export type ContentForm = 'inline' | 'download' | 'zip' | 'tar'

/** Everything a host must send: status, all headers, and the body. `headers` already hold type, length, disposition and policy. */
export interface ContentResponse {
  readonly status: 200 | 206 | 404 | 416 | 500
  readonly headers: Readonly<Record<string, string>>
  /** Why it is not what was asked for, for callers in process; a host sends the body, which says the same. */
  readonly failure?: PlainError
  readonly mime: string
  readonly fileName: string
  /** Length of the body, when it is known before it was read. */
  readonly sizeBytes: number | undefined
  /** Read it to the end or `return()` it; either closes what is behind it. Throws when a block is damaged: cut the connection. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface Content {
  /** Never throws for what a request can ask for: failures are responses with a plain sentence as body. */
  open(request: ContentRequest, signal: AbortSignal): Promise<ContentResponse>
}
