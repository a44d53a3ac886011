import { oc } from '@orpc/contract'
import { z } from 'zod'
import { repositoryId, snapshotId } from '../model/ids.ts'
import { masterPublicKey, repository } from '../model/repository.ts'
import { encryptionKey } from './keys.ts'
import { raises } from './raises.ts'

/** RSA keys that open snapshots whose own key is lost (spec pbs §5.3). The private part is never kept by Holdfast. */
export const masterKeysContract = {
  /** Makes a pair and keeps nothing of it: `privateKey` is to be put away by the person, as a file or on paper. */
  create: oc
    .input(z.object({ passphrase: z.string().min(5).max(1024) }))
    .output(masterPublicKey.extend({ privateKey: z.string() })),
  /** What a public key is. */
  inspect: oc
    .input(z.object({ text: z.string().max(16_384) }))
    .output(masterPublicKey)
    .errors(raises('key/invalid')),
  /** From here on each encrypted snapshot of the repository stores its key for this public key, or, without one, for nobody. */
  use: oc
    .input(z.object({ repositoryId, text: z.string().max(16_384).optional() }))
    .output(repository)
    .errors(raises('repository/unknown', 'repository/unsupported', 'key/invalid')),
  /**
   * Brings back the keys of the snapshots of a repository, or of one of them, that are not on this computer. Returns those
   * that came back, none when none is missing.
   */
  recover: oc
    .input(
      z.object({
        repositoryId,
        snapshotId: snapshotId.optional(),
        /** PEM. */
        privateKey: z.string().max(65_536),
        passphrase: z.string().max(1024).optional(),
      }),
    )
    .output(z.array(encryptionKey))
    .errors(
      raises(
        'repository/unknown',
        'repository/unsupported',
        'repository/unreachable',
        'snapshot/unknown',
        'key/denied',
        'key/invalid',
        'key/missing',
        'key/wrong',
        'secret/unavailable',
      ),
    ),
}
