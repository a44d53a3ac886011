import { ActionIcon, Button, Kbd, Tooltip } from '@mantine/core'
import { useOs } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { IconChevronLeft, IconChevronRight, IconCommand, IconLayoutSidebar } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { Logo } from '../ui/Logo.tsx'
import { NotificationsMenu } from './NotificationsMenu.tsx'
import { PauseMenu } from './PauseMenu.tsx'
import { SearchField } from './SearchField.tsx'

export interface TopBarProps {
  readonly collapsed: boolean
  readonly onCollapse: () => void
}

export function TopBar({ collapsed, onCollapse }: TopBarProps) {
  const navigate = useNavigate()
  const isMac = useOs() === 'macos'
  const toggle = collapsed ? 'Expand side bar' : 'Collapse side bar'
  return (
    <>
      <div className="hf-brand" data-collapsed={collapsed || undefined}>
        {!collapsed && (
          <>
            <Logo />
            <span className="hf-grow">Holdfast</span>
          </>
        )}
        <Tooltip label={toggle}>
          <ActionIcon aria-label={toggle} onClick={onCollapse}>
            <IconLayoutSidebar size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className="hf-top">
        <ActionIcon aria-label="Back" onClick={() => navigate(-1)}>
          <IconChevronLeft size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
        <ActionIcon aria-label="Forward" onClick={() => navigate(1)}>
          <IconChevronRight size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
        <SearchField />
        <span className="hf-grow" />
        <PauseMenu />
        <Button
          variant="subtle"
          color="gray"
          px={8}
          leftSection={<IconCommand size={16} stroke={1.75} aria-hidden />}
          rightSection={<Kbd size="xs">{isMac ? '⌘ K' : 'Ctrl K'}</Kbd>}
          onClick={() => spotlight.open()}
        >
          Commands
        </Button>
        <NotificationsMenu />
      </div>
    </>
  )
}
