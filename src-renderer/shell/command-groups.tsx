import { notifications } from '@mantine/notifications'
import type { SpotlightActionData, SpotlightActionGroupData } from '@mantine/spotlight'
import {
  type Icon,
  IconArrowsDiff,
  IconCalendarMonth,
  IconCopy,
  IconFolderSearch,
  IconHandStop,
  IconHistory,
  IconKeyboard,
  IconLanguage,
  IconMoon,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlus,
  IconRecycle,
  IconRefresh,
  IconSearch,
  IconServer,
  IconSettings,
  IconShieldCheck,
  IconStairs,
  IconSun,
  IconSunMoon,
} from '@tabler/icons-react'
import type { Client } from '../../src-shared/contract/index.ts'
import type { PlanState } from '../../src-shared/contract/plans.ts'
import type { Job } from '../../src-shared/model/job.ts'
import type { RepositoryState } from '../../src-shared/model/repository.ts'
import type { Settings } from '../../src-shared/model/settings.ts'
import type { Lineage } from '../../src-shared/model/snapshot.ts'
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'
import { showFailure } from '../state/use-command.ts'
import { pauseChoices } from './pause-until.ts'
import { SEARCH_FIELD_ID } from './SearchField.tsx'
import { showShortcuts } from './ShortcutList.tsx'
import { screens } from './screens.ts'

export interface CommandContext {
  readonly client: Client
  readonly navigate: (path: string) => void
  readonly plans: readonly PlanState[]
  readonly repositories: readonly RepositoryState[]
  readonly lineages: readonly Lineage[]
  /** Running and waiting ones: those that can be cancelled. */
  readonly jobs: readonly Job[]
  readonly settings: Settings | undefined
  readonly isPaused: boolean
}

/** All verbs with their objects, as the palette shows them. */
export function commandGroups(context: CommandContext): SpotlightActionGroupData[] {
  return [
    { group: t('shell.paletteGoTo'), actions: goTo(context) },
    { group: t('shell.paletteJobs'), actions: jobCommands(context) },
    { group: t('common.plans'), actions: planCommands(context) },
    { group: t('common.repositories'), actions: repositoryCommands(context) },
    { group: t('common.settings'), actions: settingsCommands(context) },
    { group: 'Holdfast', actions: appCommands(context) },
  ].filter((group) => group.actions.length > 0)
}

function goTo({ navigate }: CommandContext): SpotlightActionData[] {
  return screens.map(({ path, name, icon, key }) => ({
    ...action(`go-${path}`, t(name), icon, () => navigate(path)),
    rightSection: <span className="hf-3 hf-xs">g {key}</span>,
  }))
}

function jobCommands({ client, jobs }: CommandContext): SpotlightActionData[] {
  return jobs.map(({ id, title }) =>
    action(`cancel-${id}`, t('shell.cancelJob', { name: translateSaid(title) }), IconHandStop, () => {
      client.jobs.cancel({ id }).catch(showFailure)
    }),
  )
}

function planCommands({ client, navigate, plans, lineages }: CommandContext): SpotlightActionData[] {
  const open = (jobId: string | undefined) => navigate(jobId === undefined ? '/activity' : `/activity/${jobId}`)
  return [
    action('plan-new', t('common.protectFolder'), IconPlus, () => navigate('/plans/new'), t('shell.wordsNew')),
    action('restore-guided', t('guided.stepByStep'), IconStairs, () => navigate('/restore')),
    action('plan-calendar', t('plans.calendar'), IconCalendarMonth, () => navigate('/plans/calendar')),
    action('plan-import', t('shell.importPlan'), IconPlus, () => navigate('/plans?import')),
    ...plans.flatMap(({ plan: { id, name, enabled } }) => {
      const lineage = lineages.find((one) => one.planId === id)
      const setEnabled = (next: boolean) => {
        client.plans.setEnabled({ id, enabled: next }).catch(showFailure)
      }
      return [
        action(
          `run-${id}`,
          t('shell.backUpNow', { name }),
          IconPlayerPlay,
          () => {
            client.plans.run({ id }).then((started) => open(started[0]?.id), showFailure)
          },
          t('shell.wordsRun'),
        ),
        ...(lineage === undefined
          ? []
          : [
              action(`browse-${id}`, t('shell.browse', { name }), IconFolderSearch, () =>
                navigate(`/snapshots/${lineage.id}`),
              ),
            ]),
        action(
          `edit-${id}`,
          t('shell.edit', { name }),
          IconPencil,
          () => navigate(`/plans/${id}/edit`),
          t('shell.wordsEdit'),
        ),
        enabled
          ? action(
              `off-${id}`,
              t('shell.switchOff', { name }),
              IconPlayerPause,
              () => setEnabled(false),
              t('shell.wordsOff'),
            )
          : action(
              `on-${id}`,
              t('shell.switchOn', { name }),
              IconPlayerPlay,
              () => setEnabled(true),
              t('shell.wordsOn'),
            ),
        action(`copy-${id}`, t('shell.copyCommandOf', { name }), IconCopy, () => {
          client.plans
            .get({ id })
            .then(({ plan }) => client.plans.asCommand(plan))
            .then((command) => navigator.clipboard.writeText(command))
            .then(() => notifications.show({ message: t('common.commandCopied') }), showFailure)
        }),
      ]
    }),
  ]
}

function repositoryCommands({ client, navigate, repositories }: CommandContext): SpotlightActionData[] {
  const started = (promise: Promise<{ readonly id: string }>) => {
    promise.then((job) => navigate(`/activity/${job.id}`), showFailure)
  }
  return [
    action(
      'repository-add',
      t('common.addRepository'),
      IconServer,
      () => navigate('/repositories?add'),
      t('shell.wordsAdd'),
    ),
    ...repositories.flatMap(({ repository: { id, name }, capabilities }) => [
      action(`open-${id}`, t('shell.open1', { name }), IconServer, () => navigate(`/repositories/${id}`)),
      ...(capabilities.includes('verify')
        ? [
            action(`verify-${id}`, t('shell.verify', { name }), IconShieldCheck, () =>
              started(client.repositories.verify({ id })),
            ),
          ]
        : []),
      ...(capabilities.includes('collect-garbage')
        ? [
            action(`gc-${id}`, t('shell.collect', { name }), IconRecycle, () =>
              started(client.repositories.collectGarbage({ id })),
            ),
          ]
        : []),
      action(`index-${id}`, t('shell.readAgain', { name }), IconRefresh, () =>
        started(client.repositories.index({ id })),
      ),
    ]),
  ]
}

function settingsCommands({ client, navigate, settings }: CommandContext): SpotlightActionData[] {
  const sections = [
    ['general', t('shell.general')],
    ['notifications', t('shell.notifications')],
    ['security', t('shell.security')],
    ['catalog', t('shell.catalog')],
    ['about', t('common.about')],
  ] as const
  const change = (part: Partial<Settings>) => {
    if (settings !== undefined) client.app.saveSettings({ ...settings, ...part }).catch(showFailure)
  }
  const theme = (value: Settings['theme'], label: string, icon: Icon) =>
    action(`theme-${value}`, label, icon, () => change({ theme: value }), t('shell.wordsTheme'))
  const speak = (value: Settings['language'], label: string) =>
    action(`language-${value}`, label, IconLanguage, () => change({ language: value }), t('shell.wordsLanguage'))
  return [
    ...sections.map(([id, section]) =>
      action(`settings-${id}`, t('shell.openSettings', { section }), IconSettings, () => navigate(`/settings/${id}`)),
    ),
    theme('light', t('shell.themeLight'), IconSun),
    theme('dark', t('shell.themeDark'), IconMoon),
    theme('system', t('shell.themeSystem'), IconSunMoon),
    speak('en', 'English'),
    speak('de', 'Deutsch'),
    speak('system', t('shell.languageSystem')),
  ]
}

function appCommands({ client, navigate, isPaused }: CommandContext): SpotlightActionData[] {
  return [
    action('restore', t('common.restoreFiles'), IconHistory, () => navigate('/snapshots')),
    action('search', t('shell.searchFiles'), IconSearch, () => document.getElementById(SEARCH_FIELD_ID)?.focus()),
    action('compare', t('shell.compareWithDisk'), IconArrowsDiff, () => navigate('/compare')),
    ...pauseChoices(Date.now()).map(({ label, until }) =>
      action(`pause-${label}`, t('shell.pauseAllFor', { time: label }), IconPlayerPause, () => {
        client.app.pause({ until }).then(() => notifications.show({ message: t('shell.allPaused') }), showFailure)
      }),
    ),
    ...(isPaused
      ? [action('resume', t('shell.resumeAll'), IconPlayerPlay, () => void client.app.resume().catch(showFailure))]
      : []),
    action('keys', t('shell.showKeys'), IconKeyboard, showShortcuts, t('shell.wordsKeys')),
  ]
}

function action(
  id: string,
  label: string,
  Mark: Icon,
  onClick: () => void,
  /** More words it is found by. */
  keywords = '',
): SpotlightActionData {
  return { id, label, keywords, onClick, leftSection: <Mark size={18} stroke={1.6} aria-hidden /> }
}
