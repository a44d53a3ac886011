import type { PlanTrust } from '../../src-shared/model/trust.ts'
import { type LiveQuery, useQuery } from '../state/use-query.ts'

/** How sure one may be of each plan in each of its repositories; read again after runs and reads. */
export function useTrust(): LiveQuery<readonly PlanTrust[]> {
  return useQuery(['trust'], (client, signal) => client.trust.list(undefined, { signal }), {
    areas: ['plans', 'snapshots'],
    keep: true,
  })
}
