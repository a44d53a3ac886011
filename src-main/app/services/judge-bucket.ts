import { HoldfastError } from '../../../src-shared/errors.ts'
import { probeS3 } from '../../repositories/s3/probe-s3.ts'
import { parseS3Address } from '../../repositories/s3/s3-address.ts'
import { s3Capabilities } from '../../repositories/s3/s3-repository.ts'
import { isLoopback } from '../servers/is-loopback.ts'
import type { Credentials } from './judge-address.ts'
import type { Judgement } from './judge-folder.ts'
import { refusedJudgement, untrustedJudgement } from './judge-server.ts'

/** A place in a bucket: one with a repository is used, an empty one can get one, any other is left alone. */
export async function judgeBucket(
  address: string,
  { secret, fingerprint }: Credentials,
  signal: AbortSignal,
): Promise<Judgement> {
  const base = { kind: 's3' as const, snapshots: 0, capabilities: [...s3Capabilities] }
  try {
    const probe = await probeS3(address, { credentials: { secret, fingerprint } }, signal)
    switch (probe.state) {
      case 'ready': {
        const { snapshots } = probe
        const counted = `${snapshots} ${snapshots === 1 ? 'snapshot' : 'snapshots'}`
        const sentence = `There is a repository with ${counted}; it can be used.${dangerOf(address)}`
        return { ...base, snapshots, state: 'ready', sentence }
      }
      case 'empty': {
        const sentence = `Nothing is there yet; a repository can be created in the bucket.${dangerOf(address)}`
        return { ...base, state: 'empty', sentence }
      }
      case 'filled': {
        const sentence = 'Something else is stored there already. Choose a folder of the bucket that is empty.'
        const { bucket, prefix } = parseS3Address(address)
        const refusal = new HoldfastError('path/not-empty', {
          detail: `Something else is stored in ${bucket}/${prefix}.`,
          hint: 'Choose a folder of the bucket that is empty.',
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

/** A person who types http has to know what that means; on this computer it means nothing. */
function dangerOf(address: string): string {
  const { endpoint } = parseS3Address(address)
  const url = endpoint === undefined ? undefined : new URL(endpoint)
  if (url?.protocol !== 'http:' || isLoopback(url.hostname.replace(/^\[|\]$/g, ''))) return ''
  return ' It is reached by plain http: what is not encrypted can be read on the way.'
}
