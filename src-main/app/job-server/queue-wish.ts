import { create } from '@bufbuild/protobuf'
import { type Job, JobSchema } from '../../engines/vagrant/generated/server_pb.js'

/** What somebody wants a runner to do. */
export interface QueueWish {
  /** A command with its words: `backup` and the name of a plan there. */
  readonly words: readonly string[]
  /** The runner that is to do it; any may when absent. */
  readonly runner?: string | undefined
}

/** The job as section 9.3 wants it: with local data, since plans lie on the computer of the runner. */
export function queuedJob({ words: [command = '', ...args], runner }: QueueWish): Job {
  return create(JobSchema, {
    targetRunner: {
      target: runner === undefined ? { case: 'any', value: {} } : { case: 'id', value: { id: runner } },
    },
    dataSource: { source: { case: 'local', value: {} } },
    operation: { case: 'command', value: { command, cliArgs: { args } } },
  })
}
