import type { Services } from '../services/services.ts'
import { guarded, type Implementer, signalOf } from './implementer.ts'

export function restoreRouter(os: Implementer, { restores, bugs }: Services) {
  return {
    preview: os.restore.preview.handler(({ input, signal }) =>
      guarded(restores.preview(input, signalOf(signal)), bugs),
    ),
    start: os.restore.start.handler(({ input }) => restores.start(input)),
    undo: os.restore.undo.handler(({ input }) => restores.undo(input.jobId)),
    asCommand: os.restore.asCommand.handler(({ input }) => restores.asCommand(input)),
  }
}
