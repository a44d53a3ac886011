import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function anomaliesRouter(os: Implementer, { catalog, changes, canaries }: Services) {
  return {
    list: os.anomalies.list.handler(() => [...catalog.anomalies.list()]),
    acknowledge: os.anomalies.acknowledge.handler(({ input }) => {
      const planId = catalog.anomalies.list().find(({ jobId }) => jobId === input.jobId)?.planId
      if (planId !== undefined) canaries.renew(planId)
      catalog.anomalies.remove(input.jobId)
      changes.changed('plans')
    }),
  }
}
