import type { Job } from '../../../../src-shared/model/job.ts'
import type { RemoteEvent } from '../../../../src-shared/model/known-job-server.ts'
import { addOutput, emptyTerminal, type TerminalState } from '../../../ui/terminal/terminal-rows.ts'

/** A job of another server as it is known so far. */
export interface RemoteWatch {
  readonly job: Job | undefined
  readonly terminal: TerminalState
  /** The server is away; watching goes on when it comes back. */
  readonly isLost: boolean
}

export const nothingWatched: RemoteWatch = { job: undefined, terminal: emptyTerminal, isLost: false }

export function applyRemoteEvent(before: RemoteWatch, event: RemoteEvent): RemoteWatch {
  switch (event.type) {
    case 'job':
      return { ...before, job: event.job, isLost: false }
    case 'output':
      return { ...before, terminal: addOutput(before.terminal, event), isLost: false }
    case 'lost':
      return { ...before, isLost: true }
  }
}
