import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function secretsRouter(os: Implementer, { secrets }: Services) {
  return {
    put: os.secrets.put.handler(async ({ input }) => ({ id: await secrets.put(input.id, input.fields) })),
  }
}
