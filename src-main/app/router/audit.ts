import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function auditRouter(os: Implementer, { catalog }: Services) {
  return {
    list: os.audit.list.handler(({ input }) => [...catalog.audit.list(input)]),
    verify: os.audit.verify.handler(({ input }) => catalog.audit.verify(input.head)),
  }
}
