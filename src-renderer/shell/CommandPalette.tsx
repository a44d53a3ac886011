import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { useApp, useSharedValue } from '../state/use-app.tsx'
import { commandGroups } from './command-groups.tsx'

/** Every verb of the app behind Ctrl K. */
export function CommandPalette() {
  const navigate = useNavigate()
  const app = useApp()
  const plans = useSharedValue('plans') ?? []
  const repositories = useSharedValue('repositories') ?? []
  const isPaused = (useSharedValue('pause')?.pausedUntil ?? 0) > Date.now()
  const actions: SpotlightActionGroupData[] = commandGroups({
    client: app.client,
    navigate: (path) => void navigate(path),
    plans,
    repositories,
    isPaused,
  })
  return (
    <Spotlight
      actions={actions}
      shortcut="mod + K"
      nothingFound="No command has these words."
      highlightQuery
      scrollable
      maxHeight={420}
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      limit={40}
      searchProps={{
        leftSection: <IconSearch size={18} stroke={1.75} aria-hidden />,
        placeholder: 'What do you want to do?',
        'aria-label': 'Search commands',
      }}
    />
  )
}
