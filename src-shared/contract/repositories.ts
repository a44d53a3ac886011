import { oc } from '@orpc/contract'
import { z } from 'zod'
import { count, keyId, repositoryId, timestamp } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { namespace } from '../model/plan.ts'
import { capability, repository, repositoryKind, repositoryState } from '../model/repository.ts'
import { retention } from '../model/retention.ts'
import { raises } from './raises.ts'

const verdict = z.object({
  kind: repositoryKind,
  /** A sentence: what is there and what may be done. */
  sentence: z.string(),
  /** `untrusted`: nobody said yet that `fingerprint` is right. `denied`: it wants other credentials. */
  state: z.enum(['ready', 'empty', 'missing', 'refused', 'too-small', 'unreachable', 'untrusted', 'denied']),
  snapshots: count,
  availableBytes: count.optional(),
  capabilities: z.array(capability),
  /** What a server showed of itself, to be compared with what its owner says. */
  fingerprint: z.string().optional(),
  namespaces: z.array(z.string()).optional(),
  /** What the account may use of a server, with the address of each. */
  datastores: z.array(z.object({ name: z.string(), address: z.string() })).optional(),
})
export type RepositoryVerdict = z.infer<typeof verdict>

/** What it takes to be let in: a password, the secret of a token or of an access key, and the certificate a person trusted. */
const credentials = {
  secret: z.string().max(4096).optional(),
  fingerprint: z.string().max(128).optional(),
}

const keep = z.object({ repositoryId, namespace: namespace.default(''), backupId: z.string().optional(), retention })

export const repositoriesContract = {
  list: oc.output(z.array(repositoryState)),
  /** The local datastore in the data directory, made on first need: where a backup goes when nothing is configured. */
  ensureDefault: oc.output(repository).errors(raises('disk/read-only')),
  /** With `probe` it is asked now whether it answers, and waited for; without, what was found out last is told. */
  get: oc
    .input(z.object({ id: repositoryId, probe: z.boolean().default(false) }))
    .output(repositoryState)
    .errors(raises('repository/unknown')),
  /** Looks without changing anything. */
  test: oc
    .input(z.object({ address: z.string().min(1).max(4096), ...credentials }))
    .output(verdict)
    .errors(raises('input/invalid')),
  /** Creates it when it is not there and `create` is set; adopts it when it is. */
  add: oc
    .input(
      z.object({
        address: z.string().min(1).max(4096),
        name: z.string().trim().min(1).max(100),
        create: z.boolean(),
        keyId: keyId.optional(),
        namespace: namespace.optional(),
        ...credentials,
      }),
    )
    .output(repository)
    .errors(
      raises(
        'auth/denied',
        'auth/untrusted',
        'datastore/exists',
        'datastore/not-found',
        'repository/refused',
        'repository/unreachable',
        'repository/unsupported',
        'path/not-empty',
        'input/invalid',
        'disk/read-only',
      ),
    ),
  /** The disk it is on, where a person may take that away. */
  removable: oc
    .input(z.object({ id: repositoryId }))
    .output(z.object({ disk: z.string().optional() }))
    .errors(raises('repository/unknown')),
  /** Closes what is open of it and makes its disk safe to pull out. Its plans wait until it is back. */
  eject: oc
    .input(z.object({ id: repositoryId }))
    .output(z.void())
    .errors(raises('repository/unknown', 'repository/in-use', 'disk/busy')),
  rename: oc
    .input(z.object({ id: repositoryId, name: z.string().trim().min(1).max(100) }))
    .output(repository)
    .errors(raises('repository/unknown')),
  /** The key new backups are encrypted with unless their plan has one of its own; without, they are not. */
  setKey: oc
    .input(z.object({ id: repositoryId, keyId: keyId.optional() }))
    .output(repository)
    .errors(raises('repository/unknown', 'repository/unsupported', 'key/missing')),
  /** A new password, other keys of a bucket, or a certificate that changed for a good reason. */
  setCredentials: oc
    .input(
      z.object({
        id: repositoryId,
        ...credentials,
        /** Who asks for a bucket, which is part of its address; that of the environment when empty. */
        accessKeyId: z.string().max(128).optional(),
      }),
    )
    .output(repository)
    .errors(raises('repository/unknown', 'input/invalid')),
  /** Forgets the address; what is stored stays. */
  remove: oc
    .input(z.object({ id: repositoryId }))
    .output(z.void())
    .errors(raises('repository/unknown', 'repository/in-use')),
  usageHistory: oc
    .input(z.object({ id: repositoryId }))
    .output(z.array(z.object({ at: timestamp, usedBytes: count, totalBytes: count, storedBytes: count.optional() })))
    .errors(raises('repository/unknown')),
  verify: oc
    .input(z.object({ id: repositoryId, skipVerifiedWithinDays: count.optional() }))
    .output(job)
    .errors(raises('repository/unknown', 'repository/unsupported')),
  /** What a prune would do, without doing it. */
  simulatePrune: oc
    .input(keep)
    .output(
      z.object({
        entries: z.array(
          z.object({
            snapshot: z.string(),
            at: timestamp,
            keep: z.boolean(),
            protected: z.boolean(),
            reason: z.string().optional(),
          }),
        ),
        kept: count,
        removed: count,
      }),
    )
    .errors(raises('repository/unknown', 'repository/unsupported')),
  prune: oc.input(keep).output(job).errors(raises('repository/unknown', 'repository/unsupported')),
  collectGarbage: oc
    .input(z.object({ id: repositoryId }))
    .output(job)
    .errors(raises('repository/unknown', 'repository/unsupported')),
  /** Reads its snapshots into the catalog again. */
  index: oc
    .input(z.object({ id: repositoryId }))
    .output(job)
    .errors(raises('repository/unknown')),
}
