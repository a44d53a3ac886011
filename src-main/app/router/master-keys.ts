import type { Services } from '../services/services.ts'
import { type Implementer, signalOf } from './implementer.ts'

export function masterKeysRouter(os: Implementer, { masterKeys }: Services) {
  return {
    create: os.masterKeys.create.handler(({ input }) => masterKeys.create(input.passphrase)),
    inspect: os.masterKeys.inspect.handler(({ input }) => masterKeys.inspect(input.text)),
    use: os.masterKeys.use.handler(({ input }) => masterKeys.use(input.repositoryId, input.text)),
    recover: os.masterKeys.recover.handler(({ input, signal }) => masterKeys.recover(input, signalOf(signal))),
  }
}
