import { Button } from '@mantine/core'
import type { Icon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { t } from '../i18n/translate.ts'
import { EmptyState } from './EmptyState.tsx'
import { PageHeader } from './PageHeader.tsx'

export interface NoSnapshotsProps {
  /** The name of the screen. */
  readonly title: string
  readonly icon: Icon
  /** What the screen will show once there are some. */
  readonly children: ReactNode
  /** A second way on, beside protecting a folder. */
  readonly action?: ReactNode
}

/** The empty face of every screen that shows snapshots. */
export function NoSnapshots({ title, icon, children, action }: NoSnapshotsProps) {
  return (
    <div className="hf-page">
      <PageHeader title={title} />
      <EmptyState
        icon={icon}
        title={t('common.noSnapshotsYet')}
        actions={
          <>
            <Button variant="filled" component={Link} to="/plans/new">
              {t('common.protectFolder')}
            </Button>
            {action}
          </>
        }
      >
        {children}
      </EmptyState>
    </div>
  )
}
