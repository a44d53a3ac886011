import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { BucketReturn, CouchbasePlacing, CouchbasePull } from '../../../src-shared/model/couchbase-restore.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { nodeAddress } from '../../sources/couchbase/client-options.ts'
import { isLoopback } from '../servers/is-loopback.ts'
import type { JobStarter } from '../services/job-starter.ts'
import type { SourceSecrets } from '../services/source-secrets.ts'

/** Restored buckets on their way back into nodes, as jobs of the queue. */
export class BucketReturns {
  readonly #jobs: JobStarter
  readonly #secrets: SourceSecrets

  constructor({ jobs, secrets }: { readonly jobs: JobStarter; readonly secrets: SourceSecrets }) {
    this.#jobs = jobs
    this.#secrets = secrets
  }

  /** Throws `input/invalid` for paths that are not whole. */
  place(wish: CouchbasePlacing): Job {
    return this.start({ kind: 'place', ...wish })
  }

  /** Throws `input/invalid`, `couchbase/insecure` for what would go to other computers unencrypted. */
  async pull({ secrets, ...wish }: CouchbasePull): Promise<Job> {
    requirePossible({ kind: 'pull', ...wish })
    const { password = '', keyPassphrase = '' } = secrets
    const isSecret = password !== '' || keyPassphrase !== ''
    const secretId = isSecret ? await this.#secrets.put(undefined, { password, keyPassphrase }) : undefined
    return this.start({ kind: 'pull', ...wish, ...(secretId === undefined ? {} : { secretId }) })
  }

  start(as: BucketReturn): Job {
    requirePossible(as)
    return this.#jobs.start({ kind: 'return-bucket', as }, { name: as.kind === 'place' ? as.target : as.bucket })
  }

  /** A job that failed may be tried again; of all others the password is not needed any more. */
  async jobEnded({ spec, status }: Job): Promise<void> {
    if (spec.kind !== 'return-bucket' || spec.as.kind !== 'pull' || spec.as.secretId === undefined) return
    const isOver = status.state === 'success' || (status.state === 'error' && status.error.code === 'job/cancelled')
    if (isOver) await this.#secrets.delete(spec.as.secretId)
  }
}

/** What can be known before a job begins. */
function requirePossible(as: BucketReturn): void {
  if (as.kind === 'pull' && (as.stored === undefined) === (as.snapshotId === undefined)) {
    throw new HoldfastError('input/invalid', { detail: 'Either a folder is pulled or a snapshot.' })
  }
  for (const path of as.kind === 'place' ? [as.stored, as.target] : [as.stored]) {
    if (path !== undefined && !isAbsolute(path))
      throw new HoldfastError('input/invalid', { detail: `${path} is not a whole path.` })
  }
  if (as.kind === 'place') return
  nodeAddress(as.node, as.tls !== undefined)
  if (isLoopback(as.servedAt) || as.allowInsecure) return
  throw new HoldfastError('couchbase/insecure', {
    detail: `The node would pull from ${as.servedAt}.`,
    hint: 'Allow it, or serve the folder with TLS (holdfast host couchbase) and let the node pull from there.',
  })
}
