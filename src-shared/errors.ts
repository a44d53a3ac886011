/**
 * Every failure a person or a program may meet, by name. Adding one means adding its sentence here (style E2): say the
 * fact; the step goes into the `hint` of whoever throws it. Its German sentence is in `src-renderer/i18n/de/errors.ts`.
 */
export const errorCodes = {
  'archive/corrupt': 'An archive in this snapshot is damaged.',
  'archive/unsafe-path': 'An archive names a path outside the target.',
  'auth/denied': 'The repository refused these credentials.',
  'auth/untrusted': 'The certificate of this server is not trusted.',
  'blob/corrupt': 'A stored block is damaged.',
  'catalog/busy': 'Another Holdfast is using the catalog.',
  'catalog/corrupt': 'The catalog is damaged.',
  'catalog/newer': 'The catalog was written by a newer Holdfast.',
  'channel/failed': 'The message could not be sent.',
  'chunk/corrupt': 'A stored block does not match its digest.',
  'chunk/missing': 'A block that a snapshot needs is missing.',
  'chunk/unsupported': 'A stored block is compressed in a way that Holdfast cannot read.',
  'couchbase/damaged': 'What the Couchbase node sent is not what it has.',
  'couchbase/denied': 'The Couchbase node refused these credentials.',
  'couchbase/incomplete': 'Not every vbucket of the bucket could be backed up.',
  'couchbase/insecure': 'Credentials would have gone over a connection without encryption.',
  'couchbase/refused': 'The Couchbase node refused.',
  'couchbase/unreachable': 'The Couchbase node did not answer.',
  'copy/mismatch': 'The copy is not the same as the original.',
  'datastore/exists': 'There is already a repository in this folder.',
  'datastore/not-found': 'There is no repository in this folder.',
  'disk/busy': 'The disk is still in use.',
  'disk/full': 'The disk is full.',
  'disk/read-only': 'The target cannot be written to.',
  'file/unreadable': 'A file could not be read.',
  'hook/failed': 'A program that was to run with the backup failed.',
  'index/corrupt': 'An index of this snapshot is damaged.',
  'input/invalid': 'The input is not valid.',
  'job-server/denied': 'The job server refused this token.',
  'job-server/outdated': 'The job server speaks another version of its protocol.',
  'job-server/unreachable': 'The job server did not answer.',
  'job-server/unsupported': 'The job server cannot do that.',
  'job/cancelled': 'The job was cancelled.',
  'job/expired': 'The job waited too long and was dropped.',
  'job/failed-elsewhere': 'The runner could not do this job.',
  'job/interrupted': 'The job was interrupted.',
  'job/unknown': 'There is no such job.',
  'key/denied': 'The key could not be opened with this passphrase.',
  'key/invalid': 'The key file is not valid.',
  'key/missing': 'These snapshots are encrypted with a key that is not on this computer.',
  'key/wrong': 'This is not the key the snapshot was made with.',
  'manifest/corrupt': 'The manifest of this snapshot is damaged.',
  'manifest/signature': 'The signature of this snapshot is wrong.',
  'mysql/agent-refused': 'The backup agent refused.',
  'mysql/agent-unreachable': 'The backup agent did not answer.',
  'mysql/chain-broken': 'The backups that this one builds on are not all there.',
  'mysql/incomplete': 'The backup of the database is not whole.',
  'mysql/server-failed': 'The database server could not be started from the backup.',
  'mysql/tool-failed': 'The backup program of the database failed.',
  'mysql/tool-missing': 'There is no backup program for the database.',
  'path/not-found': 'There is no such path.',
  'path/not-empty': 'This folder is not empty.',
  'path/not-a-folder': 'This is not a folder.',
  'plan/unknown': 'There is no such plan.',
  'protocol/violation': 'The other side broke the rules of the protocol.',
  'repository/aborted': 'The other side gave up.',
  'repository/in-use': 'This repository is being used by a plan.',
  'repository/locked': 'Something else is using this part of the repository.',
  'repository/refused': 'The server of this repository refused.',
  'repository/unknown': 'There is no such repository.',
  'repository/unreachable': 'The repository did not answer.',
  'repository/unsupported': 'This repository cannot do that.',
  'restore/canary': 'A canary file did not come back as it was planted.',
  'restore/too-large': 'This is too much to drag; restore it instead.',
  'restore/untrue': 'Files did not come back as they are stored.',
  'secret/unavailable': 'The secret store could not be opened.',
  'server/unavailable': 'The service could not be started.',
  'snapshot/exists': 'There is already a snapshot with this time.',
  'snapshot/needed': 'A later backup builds on this snapshot.',
  'snapshot/protected': 'This snapshot is protected.',
  'snapshot/unknown': 'There is no such snapshot.',
  'source/no-snapshot': 'The folders could not be held still for the backup.',
  'source/too-many-entries': 'The folder has more entries than one archive may hold.',
  'source/vanished': 'The folder to back up is not there.',
  'service/unsupported': 'This system does not take Holdfast as a service.',
  'wake/unsupported': 'This computer cannot be told to wake up.',
  internal: 'Something unexpected happened inside Holdfast.',
} as const

export type ErrorCode = keyof typeof errorCodes

export interface ErrorDetails {
  /** What exactly: the path, the digest, the server's own words. Follows the sentence of the code. */
  readonly detail?: string | undefined
  /** The next step for a person, as a full sentence. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** An expected failure: it has a stable code, a sentence for a person, and may have a next step. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly detail: string | undefined
  readonly hint: string | undefined

  constructor(code: ErrorCode, { detail, hint, cause }: ErrorDetails = {}) {
    super(detail === undefined ? errorCodes[code] : `${errorCodes[code]} ${detail}`, { cause })
    this.code = code
    this.detail = detail
    this.hint = hint
  }
}

/** The peer, or a file, broke the rules of its format. Says which format, which field, and where. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly protocol: string
  readonly field: string
  readonly offset: bigint | number

  constructor(protocol: string, field: string, offset: bigint | number, problem: string, cause?: unknown) {
    super(`${protocol}: ${field} at offset ${offset}: ${problem}`, { cause })
    this.protocol = protocol
    this.field = field
    this.offset = offset
  }
}
