import type { ErrorCode } from '../../../src-shared/errors.ts'
import type { Digest } from '../../../src-shared/model/digest.ts'

/** What the thread is started with. */
export interface SealWorkerData {
  readonly key: Uint8Array | undefined
  readonly compress: boolean
}

/**
 * To the thread. Every task has a number, answers carry it. `seal` is answered by `hashed`, then waits for `encode`
 * (answered by `sealed`) or `drop` (answered by `dropped`); with either the memory of the chunk comes back.
 */
export type SealRequest =
  | { readonly kind: 'seal'; readonly task: number; readonly chunk: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'encode' | 'drop'; readonly task: number }
  | {
      readonly kind: 'open'
      readonly task: number
      readonly blob: Uint8Array<ArrayBuffer>
      readonly digest: Digest
      readonly sizeBytes: number
    }

/** From the thread. */
export type SealAnswer =
  | { readonly kind: 'hashed'; readonly task: number; readonly digest: Digest; readonly busyMs: number }
  | {
      readonly kind: 'sealed'
      readonly task: number
      readonly blob: Uint8Array<ArrayBuffer>
      readonly busyMs: number
      readonly memory: ArrayBuffer
    }
  | { readonly kind: 'dropped'; readonly task: number; readonly memory: ArrayBuffer }
  | { readonly kind: 'opened'; readonly task: number; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'failed'; readonly task: number; readonly failure: SealFailure }

/** Classes do not survive the way between threads, so an error goes as its fields. Without a code it is a bug. */
export interface SealFailure {
  readonly code?: ErrorCode | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly message: string
}
