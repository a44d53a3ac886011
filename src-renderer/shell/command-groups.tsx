import { notifications } from '@mantine/notifications'
import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight'
import {
  type Icon,
  IconHistory,
  IconKeyboard,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconRecycle,
  IconRefresh,
  IconServer,
  IconShieldCheck,
} from '@tabler/icons-react'
import type { Client } from '../../src-shared/contract/index.ts'
import type { PlanState } from '../../src-shared/contract/plans.ts'
import type { RepositoryState } from '../../src-shared/model/repository.ts'
import { showFailure } from '../state/use-command.ts'
import { pauseChoices } from './pause-until.ts'
import { showShortcuts } from './ShortcutList.tsx'
import { screens } from './screens.ts'

export interface CommandContext {
  readonly client: Client
  readonly navigate: (path: string) => void
  readonly plans: readonly PlanState[]
  readonly repositories: readonly RepositoryState[]
  readonly isPaused: boolean
}

/** All verbs with their objects, as the palette shows them. */
export function commandGroups(context: CommandContext): SpotlightActionGroupData[] {
  return [
    { group: 'Go to', actions: goTo(context) },
    { group: 'Plans', actions: planCommands(context) },
    { group: 'Repositories', actions: repositoryCommands(context) },
    { group: 'Holdfast', actions: appCommands(context) },
  ].filter((group) => group.actions.length > 0)
}

function goTo({ navigate }: CommandContext): SpotlightActionData[] {
  return screens.map(({ path, name, icon, key }) => ({
    ...action(`go-${path}`, name, icon, () => navigate(path)),
    rightSection: <span className="hf-3 hf-xs">g {key}</span>,
  }))
}

function planCommands({ client, navigate, plans }: CommandContext): SpotlightActionData[] {
  const open = (jobId: string | undefined) => navigate(jobId === undefined ? '/activity' : `/activity/${jobId}`)
  return [
    action('plan-new', 'Protect a folder', IconPlus, () => navigate('/plans/new'), ['new plan', 'create']),
    ...plans.flatMap(({ plan }) => [
      action(
        `run-${plan.id}`,
        `Back up ${plan.name} now`,
        IconPlayerPlay,
        () => {
          client.plans.run({ id: plan.id }).then((jobs) => open(jobs[0]?.id), showFailure)
        },
        ['run'],
      ),
      action(`edit-${plan.id}`, `Edit ${plan.name}`, IconPencil, () => navigate(`/plans/${plan.id}/edit`), [
        'plan',
        'change',
      ]),
      plan.enabled
        ? action(
            `off-${plan.id}`,
            `Switch off ${plan.name}`,
            IconPlayerPause,
            () => {
              client.plans.setEnabled({ id: plan.id, enabled: false }).catch(showFailure)
            },
            ['pause', 'disable'],
          )
        : action(
            `on-${plan.id}`,
            `Switch on ${plan.name}`,
            IconPlayerPlay,
            () => {
              client.plans.setEnabled({ id: plan.id, enabled: true }).catch(showFailure)
            },
            ['resume', 'enable'],
          ),
    ]),
  ]
}

function repositoryCommands({ client, navigate, repositories }: CommandContext): SpotlightActionData[] {
  const started = (promise: Promise<{ readonly id: string }>) => {
    promise.then((job) => navigate(`/activity/${job.id}`), showFailure)
  }
  return [
    action('repository-add', 'Add a repository', IconServer, () => navigate('/repositories?add'), ['connect', 'adopt']),
    ...repositories.flatMap(({ repository: { id, name }, capabilities }) => [
      action(`open-${id}`, `Open ${name}`, IconServer, () => navigate(`/repositories/${id}`), ['repository']),
      ...(capabilities.includes('verify')
        ? [action(`verify-${id}`, `Verify ${name}`, IconShieldCheck, () => started(client.repositories.verify({ id })))]
        : []),
      ...(capabilities.includes('collect-garbage')
        ? [
            action(`gc-${id}`, `Collect garbage in ${name}`, IconRecycle, () =>
              started(client.repositories.collectGarbage({ id })),
            ),
          ]
        : []),
      action(`index-${id}`, `Read ${name} into the catalog again`, IconRefresh, () =>
        started(client.repositories.index({ id })),
      ),
    ]),
  ]
}

function appCommands({ client, navigate, isPaused }: CommandContext): SpotlightActionData[] {
  return [
    action('restore', 'Restore files', IconHistory, () => navigate('/snapshots')),
    ...pauseChoices(Date.now()).map(({ label, until }) =>
      action(
        `pause-${label}`,
        `Pause all plans ${label.charAt(0).toLowerCase()}${label.slice(1)}`,
        IconPlayerPause,
        () => {
          client.app
            .pause({ until })
            .then(
              () => notifications.show({ message: 'All plans are paused. Missed runs are caught up once.' }),
              showFailure,
            )
        },
      ),
    ),
    ...(isPaused
      ? [action('resume', 'Resume all plans', IconPlayerPlay, () => void client.app.resume().catch(showFailure))]
      : []),
    action('keys', 'Show the keyboard list', IconKeyboard, showShortcuts, ['shortcuts', 'help']),
  ]
}

function action(
  id: string,
  label: string,
  Mark: Icon,
  onClick: () => void,
  keywords: string[] = [],
): SpotlightActionData {
  return { id, label, keywords, onClick, leftSection: <Mark size={18} stroke={1.6} aria-hidden /> }
}
