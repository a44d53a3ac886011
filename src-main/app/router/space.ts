import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function spaceRouter(os: Implementer, { space }: Services) {
  return {
    measure: os.space.measure.handler(({ input, signal }) => space.measure(input.repositoryId, signalOf(signal))),
    folder: os.space.folder.handler(({ input }) => space.folder(input.snapshotId, input.path, input)),
    wouldFree: os.space.wouldFree.handler(({ input, signal }) =>
      space.wouldFree(input.repositoryId, input, signalOf(signal)),
    ),
  }
}
