import { ActionIcon, Button, Kbd, Tooltip } from '@mantine/core'
import { useOs } from '@mantine/hooks'
import { spotlight } from '@mantine/spotlight'
import { IconChevronLeft, IconChevronRight, IconCommand, IconLayoutSidebar } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { t } from '../i18n/translate.ts'
import { Logo } from '../ui/Logo.tsx'
import { NotificationsMenu } from './NotificationsMenu.tsx'
import { PauseMenu } from './PauseMenu.tsx'
import { SearchField } from './SearchField.tsx'

export interface TopBarProps {
  readonly collapsed: boolean
  /** Left out where there is no room for more than the icons. */
  readonly onCollapse?: () => void
}

export function TopBar({ collapsed, onCollapse }: TopBarProps) {
  const navigate = useNavigate()
  const isMac = useOs() === 'macos'
  const toggle = collapsed ? t('shell.expandSideBar') : t('shell.collapseSideBar')
  return (
    <>
      <div className="hf-brand" data-collapsed={collapsed || undefined}>
        {(!collapsed || onCollapse === undefined) && <Logo />}
        {!collapsed && <span className="hf-grow">Holdfast</span>}
        {onCollapse !== undefined && (
          <Tooltip label={toggle}>
            <ActionIcon aria-label={toggle} onClick={onCollapse}>
              <IconLayoutSidebar size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      <div className="hf-top">
        <ActionIcon aria-label={t('shell.back')} onClick={() => navigate(-1)}>
          <IconChevronLeft size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
        <ActionIcon aria-label={t('shell.forward')} onClick={() => navigate(1)}>
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
          rightSection={<Kbd size="xs">{isMac ? '⌘ K' : `${t('shell.keyCtrl')} K`}</Kbd>}
          onClick={() => spotlight.open()}
        >
          {t('shell.commands')}
        </Button>
        <NotificationsMenu />
      </div>
    </>
  )
}
