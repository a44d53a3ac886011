import type { PlainError } from '../../../src-shared/model/plain-error.ts'
import type { ListenAddress, ServerConnection, ServerLogLine } from '../../../src-shared/model/server.ts'

/** Between the app and the thread of a server. */
export type ToServer = { readonly type: 'close' }

export type FromServer =
  | { readonly type: 'listening'; readonly listen: ListenAddress; readonly fingerprint: string | undefined }
  | { readonly type: 'connections'; readonly connections: readonly ServerConnection[] }
  | { readonly type: 'log'; readonly level: ServerLogLine['level']; readonly message: string }
  | { readonly type: 'failed'; readonly error: PlainError; readonly bug: string | undefined }
