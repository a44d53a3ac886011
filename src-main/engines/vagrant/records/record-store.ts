import type { Ref_Box } from '../generated/plugin_pb.js'
import type { Basis, Box, ConfigVar, HMACKey, Project, Target } from '../generated/server_pb.js'

/**
 * The records of a job server (section 8). Synchronous, one transaction a call. What a call fails with is the gRPC error of the
 * specification: FAILED_PRECONDITION naming fields for records that are not valid, NOT_FOUND for parents that do not exist.
 * Records that come back are the caller's; `undefined` means there is none.
 */
export interface RecordStore {
  readonly basis: RecordTable<Basis>
  readonly projects: RecordTable<Project>
  readonly targets: RecordTable<Target>
  readonly boxes: BoxTable
  readonly keys: KeyTable
  readonly tokens: TokenLedger
  readonly variables: VariableTable
}

export interface RecordTable<Record> {
  /** Stores a new record with the id it has, or a fresh one. */
  create(record: Record): Record
  /** Merges into the record it means, or creates (section 8.2). Gives back what is stored. */
  upsert(record: Record): Record
  get(resourceId: string): Record | undefined
  /** By the attempts of section 8.3. Throws when the parent is missing from the question. */
  find(record: Record): Record | undefined
  list(): Record[]
  /** With everything that goes along (section 8.9). Nothing happens when there is no such record. */
  delete(resourceId: string): void
}

export interface BoxTable extends Omit<RecordTable<Box>, 'find'> {
  /** The box or the highest version that fits (section 8.7). `undefined` when nothing matches. */
  find(ref: Ref_Box): Box | undefined
}

export interface KeyTable {
  /** Without regard to case. */
  get(id: string): HMACKey | undefined
  isEmpty(): boolean
  /** The key of this id, made of fresh random bytes when there is none. */
  create(id: string): HMACKey
  /** Ends all tokens that were signed with it. */
  remove(id: string): void
}

export interface IssuedToken {
  /** Hexadecimal. Not the token: nobody can log in with it. */
  readonly tokenId: string
  readonly kind: 'login' | 'invite'
  readonly createdMs: number
  readonly validUntilMs: number | undefined
  readonly revokedMs: number | undefined
}

/** Which tokens were made here, and which of them are not to be taken any more. */
export interface TokenLedger {
  add(token: IssuedToken): void
  list(): IssuedToken[]
  /** False when this token is not known here. */
  revoke(tokenId: string, nowMs: number): boolean
  isRevoked(tokenId: string): boolean
}

export type VariableScope =
  | { readonly kind: 'basis' | 'project' | 'target'; readonly resourceId: string }
  | { readonly kind: 'runner'; readonly runnerId: string }

export interface VariableTable {
  /** An empty value removes the variable (section 13). All or none. */
  set(variables: readonly ConfigVar[]): void
  /** What holds in this scope: outer scopes first, later ones win; sorted by name. */
  get(scope: VariableScope, prefix?: string): ConfigVar[]
  /** Resolves when anything was set since `version`, which `version()` told. Rejects when the signal aborts. */
  changed(version: number, signal: AbortSignal): Promise<void>
  version(): number
}
