import type { Client } from '../../../src-shared/contract/index.ts'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { Plan } from '../../../src-shared/model/plan.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import type { RunnerOperations } from '../../engines/vagrant/runner/operations.ts'
import type { Terminal } from '../../engines/vagrant/runner/terminal.ts'
import { failure, failureStatus } from '../../engines/vagrant/wire/failure.ts'
import { statusOfFailure } from './announced-status.ts'
import { showJob } from './plan-terminal.ts'

/** What this computer does for a job server. Nothing else: a server cannot have it run a program. */
const commands = [
  { name: 'backup', synopsis: 'Run a plan of this computer, by name or id', help: 'backup <plan>', primary: true },
  { name: 'plans', synopsis: 'List the plans of this computer', help: 'plans', primary: true },
] as const

/** Exit codes of the command line. */
const exitCode = { success: 0, error: 1, warnings: 3 } as const

/** A Holdfast as a runner: the app of this computer, asked through its contract. */
export function createRunnerOperations(client: Client): RunnerOperations {
  return {
    validate: (context) => validatePlans(client, context.terminal),
    init: async () => ({
      actions: commands.map(({ name }) => ({ name, source: 'holdfast' })),
      commands: [...commands],
    }),
    async command({ command, cliArgs }, { terminal, signal }) {
      switch (command) {
        case 'backup':
          return backUp({ client, terminal }, cliArgs?.args ?? [], signal)
        case 'plans':
          await listPlans(client, terminal)
          return { runResult: true, exitCode: exitCode.success }
        default:
          throw new HoldfastError('input/invalid', { detail: `A Holdfast runs backup and plans, not ${command}.` })
      }
    },
    /** Repositories are what a backup has to get into. Keys are never asked for: whoever sits there types them. */
    async auth({ component }) {
      const states = await probedRepositories(client)
      const wanted =
        component === undefined ? states : states.filter(({ repository }) => repository.name === component.name)
      return {
        results: wanted.map(({ repository, reachable, error }) => ({
          component: { name: repository.name },
          checkResult: reachable !== false,
          authSupported: false,
          ...(error === undefined ? {} : { checkError: statusOfFailure(error) }),
        })),
      }
    },
    docs: async () => ({
      results: commands.map(({ name, synopsis, help }) => ({
        component: { name },
        docs: { description: synopsis, example: help },
      })),
    }),
  }
}

/** Every plan must have where to go. Names those that have not, and fails with the first. */
async function validatePlans(client: Client, terminal: Terminal): Promise<void> {
  const known = new Map((await probedRepositories(client)).map((state) => [state.repository.id, state]))
  let problem: string | undefined
  for (const { plan } of await client.plans.list()) {
    for (const { repositoryId } of plan.destinations) {
      const state = known.get(repositoryId)
      if (state !== undefined && state.reachable !== false) continue
      const what = state === undefined ? 'its repository is not known' : `${state.repository.name} is not reachable`
      const sentence = `${plan.name}: ${what}.`
      problem ??= sentence
      await terminal.line(sentence, 'error')
    }
  }
  if (problem !== undefined) throw failure('failed-precondition', problem)
}

/** As they answer now, one after the other. */
async function probedRepositories(client: Client): Promise<RepositoryState[]> {
  const states: RepositoryState[] = []
  for (const { repository } of await client.repositories.list())
    states.push(await client.repositories.get({ id: repository.id, probe: true }))
  return states
}

interface Stage {
  readonly client: Client
  readonly terminal: Terminal
}

async function backUp({ client, terminal }: Stage, args: readonly string[], signal: AbortSignal) {
  const plan = await findPlan(client, args)
  await terminal.line(plan.name, 'header')
  const ends: Job[] = []
  // One job a destination; they wait for each other in the queue by themselves.
  for (const job of await client.plans.run({ id: plan.id })) ends.push(await showJob({ client, terminal }, job, signal))
  signal.throwIfAborted()
  for (const job of ends) await tellEnd(terminal, job)
  const failed = ends.find(({ status }) => status.state === 'error')?.status
  if (failed?.state === 'error')
    return { runResult: false, exitCode: exitCode.error, runError: failureStatus('unknown', failed.error.message) }
  const hasWarnings = ends.some(({ warnings }) => warnings > 0)
  return { runResult: true, exitCode: hasWarnings ? exitCode.warnings : exitCode.success }
}

/** By id, or by a name that only one has. */
async function findPlan(client: Client, args: readonly string[]): Promise<Plan> {
  const [named, ...rest] = args
  if (named === undefined || rest.length > 0)
    throw new HoldfastError('input/invalid', { detail: 'Name one plan: backup <plan>.' })
  const plans = (await client.plans.list()).map(({ plan }) => plan)
  const byId = plans.find(({ id }) => id === named)
  if (byId !== undefined) return byId
  const [plan, second] = plans.filter(({ name }) => name === named)
  if (plan === undefined) throw new HoldfastError('plan/unknown', { detail: named })
  if (second !== undefined) throw new HoldfastError('input/invalid', { detail: `Two plans are called ${named}.` })
  return plan
}

async function listPlans(client: Client, terminal: Terminal): Promise<void> {
  const plans = await client.plans.list()
  const rows = plans.map(({ plan, health }) => ({
    entries: [{ value: plan.name }, { value: plan.id }, { value: health, color: health === 'failed' ? 'red' : '' }],
  }))
  await terminal.write({ case: 'table', value: { headers: ['Plan', 'Id', 'State'], rows } })
}

async function tellEnd(terminal: Terminal, { title, status }: Job): Promise<void> {
  if (status.state === 'error') return terminal.line(`${title}: ${status.error.message}`, 'error')
  if (status.state !== 'success') return
  const { counts, doneBytes, storedBytes } = status.summary
  await terminal.line(`${title}: done`, 'success')
  await terminal.write({
    case: 'namedValues',
    value: {
      values: [
        ...Object.entries(counts ?? {}).map(([name, value]) => ({ name, value: String(value) })),
        { name: 'bytes', value: String(doneBytes) },
        { name: 'stored bytes', value: String(storedBytes) },
      ],
    },
  })
}
