import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { useShallow } from 'zustand/react/shallow'
import { t } from '../i18n/translate.ts'
import { runningJobs, waitingJobs } from '../state/jobs.ts'
import { useApp, useJobs, useSharedValue } from '../state/use-app.tsx'
import { commandGroups } from './command-groups.tsx'

/** Every verb of the app behind Ctrl K. */
export function CommandPalette() {
  const navigate = useNavigate()
  const app = useApp()
  const plans = useSharedValue('plans') ?? []
  const repositories = useSharedValue('repositories') ?? []
  const lineages = useSharedValue('lineages') ?? []
  const settings = useSharedValue('settings')
  const jobs = useJobs(
    useShallow((state) => [...runningJobs(state.settled.values()), ...waitingJobs(state.settled.values())]),
  )
  const isPaused = (useSharedValue('pause')?.pausedUntil ?? 0) > Date.now()
  const actions: SpotlightActionGroupData[] = commandGroups({
    client: app.client,
    navigate: (path) => void navigate(path),
    plans,
    repositories,
    lineages,
    jobs,
    settings,
    isPaused,
  })
  return (
    <Spotlight
      actions={actions}
      shortcut="mod + K"
      nothingFound={t('shell.nothingFound')}
      highlightQuery
      scrollable
      maxHeight={420}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      limit={40}
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.75} aria-hidden />,
        placeholder: t('shell.palettePlaceholder'),
        'aria-label': t('shell.searchCommands'),
      }}
    />
  )
}
