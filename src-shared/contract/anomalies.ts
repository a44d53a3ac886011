import { oc } from '@orpc/contract'
import { z } from 'zod'
import { openAnomaly } from '../model/anomaly.ts'
import { jobId } from '../model/ids.ts'

/** Backups that look as if something bad happened to the files. */
export const anomaliesContract = {
  /** Newest first. */
  list: oc.output(z.array(openAnomaly)),
  /** A person looked and it is fine: snapshots are thinned out again. The pinned one stays until it is unpinned. */
  acknowledge: oc.input(z.object({ jobId })).output(z.void()),
}
