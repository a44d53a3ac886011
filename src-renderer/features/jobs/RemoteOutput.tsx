import type { Job } from '../../../src-shared/model/job.ts'
import type { RemoteJobSpec, TerminalBatch } from '../../../src-shared/model/remote-job.ts'
import { useStream } from '../../state/use-stream.ts'
import { RemoteFacts } from '../../ui/terminal/RemoteFacts.tsx'
import { TerminalSection } from '../../ui/terminal/TerminalSection.tsx'
import { addOutput, emptyTerminal, type TerminalState } from '../../ui/terminal/terminal-rows.ts'

/** Who took a job of the job server's queue, and its terminal as the runner sent it. */
export function RemoteOutput({ job, spec }: { readonly job: Job; readonly spec: RemoteJobSpec }) {
  const output = useStream<TerminalBatch, TerminalState>({
    // A job that begins has another runner, perhaps, but no other output: one stream to its end.
    key: job.id,
    open: (client, signal) => client.jobServer.output({ id: job.id }, { signal }),
    initial: emptyTerminal,
    apply: addOutput,
  })
  return (
    <>
      <RemoteFacts spec={spec} />
      <TerminalSection {...output} />
    </>
  )
}
