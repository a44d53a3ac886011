import type { ErrorCode } from '../../../src-shared/errors.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'

/** Failures that trying again cannot mend: a person has to do something first. */
const hopeless: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'auth/denied',
  'datastore/not-found',
  'input/invalid',
  'job/cancelled',
  'job/expired',
  'key/denied',
  'key/invalid',
  'key/missing',
  'key/wrong',
  'plan/unknown',
  'repository/unknown',
  'repository/unsupported',
  'source/no-snapshot',
])

const maximumDelayMs = 24 * 60 * 60_000

/** How long to wait before try number `attempt` (1 is the first after the failure); undefined when there is none. Doubles each time. */
export function retryDelayMs(policy: Plan['retry'], code: ErrorCode, attempt: number): number | undefined {
  if (hopeless.has(code) || attempt > policy.attempts) return undefined
  return Math.min(policy.firstDelayMinutes * 60_000 * 2 ** (attempt - 1), maximumDelayMs)
}
