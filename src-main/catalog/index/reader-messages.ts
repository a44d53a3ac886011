import type { ErrorCode } from '../../../src-shared/errors.ts'
import type { QueryName } from './index-reader.ts'

/** What goes to the reader's thread, and what comes back, each reply with the number of its request. */
export type ReaderRequest =
  | {
      readonly type: 'query'
      readonly sequence: number
      readonly name: QueryName
      readonly parameters: readonly unknown[]
    }
  | { readonly type: 'close' }

export type ReaderReply =
  | { readonly type: 'result'; readonly sequence: number; readonly result: unknown }
  | {
      readonly type: 'failure'
      readonly sequence: number
      readonly failure: {
        readonly code: ErrorCode
        readonly detail: string | undefined
        readonly hint: string | undefined
      }
    }
  /** Not an expected failure; the stack is for the log. */
  | { readonly type: 'bug'; readonly sequence: number; readonly message: string }
