import type { Dialect } from '../wire/dialect.ts'
import type { ServedBucket } from './served-bucket.ts'
import type { Session } from './session.ts'
import type { UserDirectory } from './user.ts'

/** What all connections of a server share. */
export interface ServerContext {
  readonly users: UserDirectory
  readonly buckets: ReadonlyMap<string, ServedBucket>
  /** Which forms of the commands are served. */
  readonly dialect: Dialect | 'both'
  readonly isPlainAllowed: boolean
  /** Above it fragments are cut short. */
  readonly maxFragmentBytes: number
  readonly now: () => number
  /** The bucket's config as JSON, for whoever came over this connection. Undefined where there is none. */
  configOf(bucket: ServedBucket): BucketConfigJson | undefined
  emit(event: CouchbaseServerEvent): void
}

/** As much as the server itself looks at. */
export interface BucketConfigJson {
  readonly rev: number
  readonly revEpoch: number
  readonly [field: string]: unknown
}

/** What happens, for whoever watches the server. Never with a secret. */
export type CouchbaseServerEvent =
  | { readonly type: 'connected' | 'disconnected'; readonly session: Session }
  | { readonly type: 'login'; readonly session: Session; readonly user: string; readonly isAllowed: boolean }
  | { readonly type: 'prepared'; readonly session: Session; readonly vbid: number; readonly uuid: string }
  | { readonly type: 'released'; readonly session: Session; readonly target: string }
  | { readonly type: 'downloading'; readonly session: Session; readonly vbid: number; readonly from: string }
  | { readonly type: 'fragment'; readonly session: Session; readonly uuid: string; readonly bytes: number }
  /** A mistake of the peer's, or of ours: the connection ends. */
  | { readonly type: 'failed'; readonly session: Session; readonly error: unknown }
