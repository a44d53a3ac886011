import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function anomaliesRouter(os: Implementer, { catalog, changes }: Services) {
  return {
    list: os.anomalies.list.handler(() => [...catalog.anomalies.list()]),
    acknowledge: os.anomalies.acknowledge.handler(({ input }) => {
      catalog.anomalies.remove(input.jobId)
      changes.changed('plans')
    }),
  }
}
