import type { ClientConnection } from './connection-registry.ts'

/** What happens on a server, for whoever shows it. Holds no secrets. */
export type ServerEvent =
  /** After the login; `changed` when a backup or reader begins on the connection, or another user speaks on it. */
  | { readonly type: 'connected' | 'changed' | 'disconnected'; readonly connection: ClientConnection }
  /** A chunk or blob was received, checked and stored. As often as they come: thin it out. */
  | { readonly type: 'uploaded'; readonly connectionId: string; readonly bytes: number }
  | { readonly type: 'task-started'; readonly task: TaskFacts }
  | { readonly type: 'task-ended'; readonly task: TaskFacts; readonly status: string }

export interface TaskFacts {
  readonly upid: string
  /** Such as `backup`, `reader`, `verify`, `prune`, `garbage_collection`. */
  readonly type: string
  /** What it is about, such as `tank:host/elsa`. */
  readonly workerId: string
  readonly user: string
  readonly store: string
  /** Unix seconds. */
  readonly startedAt: number
}
