import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function plansRouter(os: Implementer, { plans, canaries }: Services) {
  return {
    list: os.plans.list.handler(() => plans.list()),
    get: os.plans.get.handler(({ input }) => plans.state(input.id)),
    save: os.plans.save.handler(({ input }) => plans.save(input)),
    remove: os.plans.remove.handler(({ input }) => {
      const plan = plans.get(input.id)
      plans.remove(input.id)
      canaries.tend({ ...plan, options: { ...plan.options, canaries: false } })
    }),
    setEnabled: os.plans.setEnabled.handler(({ input }) => plans.setEnabled(input.id, input.enabled)),
    run: os.plans.run.handler(({ input }) =>
      plans.run(input.id, { repositoryId: input.repositoryId, dryRun: input.dryRun }),
    ),
    runs: os.plans.runs.handler(({ input }) => plans.runs(input.id, input.limit)),
    calendar: os.plans.calendar.handler(({ input }) => plans.calendar(input.from, input.to)),
    nextRuns: os.plans.nextRuns.handler(({ input }) => plans.nextRuns(input.schedule, input.count)),
    asCommand: os.plans.asCommand.handler(({ input }) => plans.asCommand(input)),
  }
}
