import { oc } from '@orpc/contract'
import { z } from 'zod'
import { planId, repositoryId } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { planTrust } from '../model/trust.ts'
import { raises } from './raises.ts'

/** Whether what is stored would come back. */
export const trustContract = {
  /** One for each destination of each plan. */
  list: oc.output(z.array(planTrust)),
  /** Brings back some files of the newest snapshot into a temporary folder, compares and removes them. */
  testRestore: oc
    .input(z.object({ planId, repositoryId }))
    .output(job)
    .errors(raises('plan/unknown', 'repository/unknown', 'snapshot/unknown')),
}
