import { HoldfastError } from '../../../src-shared/errors.ts'
import { probeS3 } from '../../repositories/s3/probe-s3.ts'
import { parseS3Address } from '../../repositories/s3/s3-address.ts'
import { s3Capabilities } from '../../repositories/s3/s3-repository.ts'
import type { Credentials } from './judge-address.ts'
import type { Judgement } from './judge-folder.ts'
import { refusedJudgement, untrustedJudgement } from './judge-server.ts'
import { dangerOfPlainHttp } from './plain-http.ts'

/** A place in a bucket: one with a repository is used, an empty one can get one, any other is left alone. */
export async function judgeBucket(
  address: string,
  { secret, fingerprint }: Credentials,
  signal: AbortSignal,
): Promise<Judgement> {
  const base = { kind: 's3' as const, snapshots: 0, capabilities: [...s3Capabilities] }
  try {
    const danger = dangerOfPlainHttp(parseS3Address(address).endpoint)
    const probe = await probeS3(address, { credentials: { secret, fingerprint } }, signal)
    switch (probe.state) {
      case 'ready': {
        const { snapshots } = probe
        const counted = `${snapshots} ${snapshots === 1 ? 'snapshot' : 'snapshots'}`
        const sentence = `There is a repository with ${counted}; it can be used.${danger}`
        return { ...base, snapshots, state: 'ready', sentence }
      }
      case 'empty': {
        const sentence = `Nothing is there yet; a repository can be created in the bucket.${danger}`
        return { ...base, state: 'empty', sentence }
      }
      case 'filled': {
        const sentence = 'Something else is stored there already. Choose an empty folder in the bucket.'
        const { bucket, prefix } = parseS3Address(address)
        const refusal = new HoldfastError('path/not-empty', {
          detail: `Something else is stored in ${bucket}/${prefix}.`,
          hint: 'Choose an empty folder in the bucket.',
        })
        return { ...base, capabilities: [], state: 'refused', sentence, refusal }
      }
      case 'untrusted':
        return untrustedJudgement('s3', probe)
    }
  } catch (error) {
    return refusedJudgement('s3', error)
  }
}
