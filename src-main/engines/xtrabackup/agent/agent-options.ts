import type { ServerConnection } from '../tool/defaults-file.ts'

/**
 * All that decides what an agent runs and where. Callers choose none of it: of their requests only the action, the level,
 * names and the encoding count (spec xtrabackup-agent §4, "Security").
 */
export interface AgentOptions {
  /** The server this agent backs up. Without `user`, callers have to bring a login. */
  readonly connection: ServerConnection
  readonly serverConfig?: string | undefined
  /** The backup program; the first of its kind that is installed when absent. */
  readonly tool?: string | undefined
  readonly extraArguments?: readonly string[] | undefined
  readonly parallel?: number | undefined
  /** Callers prove that they know it. Without one, everybody the allow-list lets in is served. */
  readonly secret?: string | undefined
  /** PEM. The listener then speaks TLS alone. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined
  /** Addresses and networks; this computer alone when absent. */
  readonly allow?: readonly string[] | undefined
  /** Backups at the same time; 2 as the original's listener. */
  readonly maxRuns?: number | undefined
  /** Shared by all runs. */
  readonly bytesPerSecond?: number | undefined
  readonly historyFile?: string | undefined
  /** Where backups are laid out that a caller wants as tar; the system's temporary folder when absent. */
  readonly stagingFolder?: string | undefined
  /** Where `copy to` may put backups, each in a new folder; without it nothing is taken. */
  readonly restoreFolder?: string | undefined
  /** Speaks the dialect 1.8 for these folders and what is below them. */
  readonly oldDialectFolders?: readonly string[] | undefined
  /** Leaves the server's timeouts as they are, whatever callers ask for. */
  readonly keepsTimeouts?: boolean | undefined
  /** Only the characters that the original lets through. */
  readonly isStrict?: boolean | undefined
  readonly headerTimeoutMs?: number | undefined
  /** Unix seconds. */
  readonly now?: (() => number) | undefined
}

export interface AgentConnection {
  readonly id: number
  /** The caller's address. */
  readonly peer: string
  /** Unix seconds. */
  readonly since: number
  /** Once its request was read. */
  readonly action: string | undefined
  readonly sid: string | undefined
  /** What was sent of a backup, before encoding. */
  readonly sentBytes: number
}

export type AgentEvent =
  | { readonly kind: 'connected'; readonly connection: AgentConnection }
  /** Not let in, or its request was refused. */
  | { readonly kind: 'refused'; readonly peer: string; readonly reason: string }
  | { readonly kind: 'request'; readonly connection: AgentConnection }
  /** A line of the backup program. */
  | { readonly kind: 'line'; readonly connection: AgentConnection; readonly line: string }
  /** What the run goes on without. */
  | { readonly kind: 'warning'; readonly connection: AgentConnection; readonly reason: string }
  | { readonly kind: 'sent'; readonly connection: AgentConnection }
  | { readonly kind: 'failed'; readonly connection: AgentConnection; readonly reason: string }
  | { readonly kind: 'closed'; readonly connection: AgentConnection }
