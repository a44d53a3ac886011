import { ActionIcon, Menu } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../i18n/translate.ts'

export interface MoreMenuProps {
  /** Of what it is the menu, where there are several: `More for report.txt`. */
  readonly label?: string
  /** In the head of a page, where it stands beside buttons and is as high as they are. */
  readonly isInHead?: boolean
  readonly width?: number
  /** Items of the menu. */
  readonly children: ReactNode
}

/** Three dots, and behind them what is done less often. */
export function MoreMenu({ label = t('common.more'), isInHead = false, width, children }: MoreMenuProps) {
  return (
    <Menu {...(width === undefined ? {} : { width })}>
      <Menu.Target>
        <ActionIcon aria-label={label} {...(isInHead && { variant: 'default', size: 32 })}>
          <IconDots size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  )
}
