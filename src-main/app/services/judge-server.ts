import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import type { Judgement } from './judge-folder.ts'

/** What a server showed of itself, and what was trusted before. */
interface Certificate {
  readonly presented: string
  readonly expected: string | undefined
}

/** Nothing is known of what is behind a certificate before a person has compared it. */
export function untrustedJudgement(kind: Repository['kind'], { presented, expected }: Certificate): Judgement {
  const sentence =
    expected === undefined
      ? 'Nobody has confirmed the certificate of this server yet.'
      : 'This server shows another certificate than the one that was trusted. Somebody may be in between.'
  const refusal = new HoldfastError('auth/untrusted', {
    detail: `It shows ${presented}.`,
    hint: 'Compare it with what the server itself says, and trust it only if it is the same.',
  })
  return { kind, snapshots: 0, capabilities: [], state: 'untrusted', sentence, fingerprint: presented, refusal }
}

/** A failure to look, as what a person can do about it; what is no failure of ours is thrown on. */
export function refusedJudgement(kind: Repository['kind'], error: unknown): Judgement {
  if (!(error instanceof HoldfastError)) throw error
  const state =
    error.code === 'auth/denied' ? 'denied' : error.code === 'repository/unreachable' ? 'unreachable' : 'refused'
  return { kind, snapshots: 0, capabilities: [], state, sentence: error.message, refusal: error }
}
