import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function trustRouter(os: Implementer, { trust }: Services) {
  return {
    list: os.trust.list.handler(() => trust.list()),
    testRestore: os.trust.testRestore.handler(({ input }) => trust.testRestore(input.planId, input.repositoryId)),
  }
}
