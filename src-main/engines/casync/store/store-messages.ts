import type { ErrorCode } from '../../../../src-shared/errors.ts'
import type { Digest } from '../../../../src-shared/model/digest.ts'
import type { DigestAlgorithm } from '../chunk-digest.ts'
import type { OpenChunkOptions } from './chunk-payload.ts'
import type { WrittenChunk } from './chunk-writer.ts'
import type { WritableCompression } from './compression.ts'

/** What a thread is started with. */
export interface StoreWorkerData {
  readonly root: string
  readonly compression: WritableCompression
  readonly suffix: string
}

/** To the thread, several in one message. Every task has a number, and one answer that carries it. */
export type StoreRequest = { readonly task: number } & (
  | { readonly kind: 'write'; readonly chunk: Uint8Array<ArrayBuffer>; readonly algorithm: DigestAlgorithm }
  /** With memory that the answer may come in. */
  | { readonly kind: 'read'; readonly id: Digest; readonly options: OpenChunkOptions; readonly into: ArrayBuffer }
  | { readonly kind: 'sync' }
)

/** `end`: what was given before is done, and the thread ends by itself. */
export type ToStoreThread = readonly StoreRequest[] | 'end'

/** From the thread: those of one message in one message. */
export type StoreAnswer = { readonly task: number } /** With the memory of the chunk, for another one. */ & (
  | { readonly kind: 'written'; readonly chunk: WrittenChunk; readonly memory: ArrayBuffer }
  | { readonly kind: 'read'; readonly plain: Uint8Array<ArrayBuffer> | undefined }
  | { readonly kind: 'synced' }
  | { readonly kind: 'failed'; readonly failure: StoreFailure }
)

/** Classes do not survive the way between threads, so an error goes as its fields. Without a code it is a bug. */
export interface StoreFailure {
  readonly code?: ErrorCode | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly message: string
}
