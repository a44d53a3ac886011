import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function historyRouter(os: Implementer, { history }: Services) {
  return {
    preview: os.history.preview.handler(({ input, signal }) =>
      history.preview(input.lineageId, input.paths, signalOf(signal)),
    ),
    remove: os.history.remove.handler(({ input: { excludeFromPlans, ...wish } }) =>
      history.remove(wish, excludeFromPlans),
    ),
  }
}
