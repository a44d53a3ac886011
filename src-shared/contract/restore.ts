import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { jobId, snapshotId } from '../model/ids.ts'
import { job } from '../model/job.ts'
import { restoreOptions, restorePreview } from '../model/restore.ts'
import { raises } from './raises.ts'

const request = z.object({ snapshotId, options: restoreOptions })

export const restoreContract = {
  /** What will happen to each file, growing until `complete`. Writes nothing. */
  preview: oc
    .input(request)
    .output(eventIterator(restorePreview))
    .errors(raises('snapshot/unknown', 'path/not-found', 'repository/unreachable', 'key/missing', 'input/invalid')),
  start: oc.input(request).output(job).errors(raises('snapshot/unknown', 'input/invalid')),
  /** Puts back what a finished restore overwrote and removes what it added, as long as its safety copy lives. */
  undo: oc.input(z.object({ jobId })).output(job).errors(raises('job/unknown', 'input/invalid')),
  asCommand: oc.input(request).output(z.string()).errors(raises('snapshot/unknown')),
}
