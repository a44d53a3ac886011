import type { AnnouncedChunk } from './chunk-checker.ts'

/** What passes between the pool and its threads; the blob's buffer moves both ways. */
export interface CheckRequest {
  readonly task: number
  readonly blob: Uint8Array<ArrayBuffer>
  readonly expected: AnnouncedChunk
}

export type CheckAnswer =
  | { readonly task: number; readonly kind: 'checked'; readonly blob: Uint8Array<ArrayBuffer> }
  | { readonly task: number; readonly kind: 'refused'; readonly status: number; readonly text: string }
  /** A bug: not a word about the chunk. */
  | { readonly task: number; readonly kind: 'failed'; readonly text: string }
