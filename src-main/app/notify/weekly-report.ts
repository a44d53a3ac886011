import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import type { Message } from './message.ts'

/** What a week came to: one line a plan, one a repository, the bad ones first. */
export function weeklyReport(
  plans: readonly PlanState[],
  repositories: readonly RepositoryState[],
): Omit<Message, 'computer' | 'at'> {
  const bad = plans.filter(isBad)
  const title =
    bad.length === 0
      ? `The week in backups: ${plans.length === 1 ? 'the plan is' : `all ${plans.length} plans are`} fine`
      : `The week in backups: ${bad.length} of ${plans.length} plans need a look`
  const lines = [
    ...[...bad, ...plans.filter((plan) => !isBad(plan))].map(planLine),
    '',
    ...repositories.map(repositoryLine),
  ]
  return { occasion: 'report', title, body: lines.join('\n').trim() }
}

function isBad({ health }: PlanState): boolean {
  return health === 'failed' || health === 'late' || health === 'never'
}

function planLine({ plan, days, health, lastGoodAt }: PlanState): string {
  const week = days.slice(-7)
  const count = (...states: readonly string[]) => week.filter(({ state }) => states.includes(state)).length
  const last =
    lastGoodAt === undefined ? 'never yet' : new Date(lastGoodAt).toISOString().slice(0, 16).replace('T', ' ')
  return `${plan.name}: ${health}. Good on ${count('good', 'warnings')} days, failed on ${count('failed')}, missed on ${count('missed')}. Last good run: ${last}.`
}

function repositoryLine({ repository, usage, snapshots, reachable, lastVerify }: RepositoryState): string {
  const space =
    usage === undefined || usage.totalBytes === 0
      ? ''
      : `, ${Math.round((usage.usedBytes / usage.totalBytes) * 100)} % of its disk in use`
  const checked =
    lastVerify === undefined ? ', never verified' : `, verified ${new Date(lastVerify.at).toISOString().slice(0, 10)}`
  return `${repository.name}: ${reachable === false ? 'does not answer' : `${snapshots} snapshots`}${space}${checked}.`
}
