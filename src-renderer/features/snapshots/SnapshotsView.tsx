import { t } from '../../i18n/translate.ts'
import './time.css'
import './explorer.css'
import './detail.css'
import './databases.css'
import { Button } from '@mantine/core'
import { IconHistory } from '@tabler/icons-react'
import { Link, useParams } from 'react-router'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useRemembered } from '../../state/use-remembered.ts'
import { NoSnapshots } from '../../ui/NoSnapshots.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { LineageScreen } from './LineageScreen.tsx'
import { SnapshotsSkeleton } from './SnapshotsSkeleton.tsx'

/** Snapshots of one source: time on top, its files below. */
export function SnapshotsView() {
  const app = useApp()
  const lineages = useShared('lineages')
  const { lineageId } = useParams()
  const [last] = useRemembered<string | undefined>('last-lineage', undefined)
  return (
    <QueryView query={lineages} onRetry={app.lineages.reload} skeleton={<SnapshotsSkeleton />}>
      {(all) => {
        const newest = [...all].sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0))
        const lineage =
          newest.find((one) => one.id === lineageId) ??
          newest.find((one) => one.id === last && lineageId === undefined) ??
          newest[0]
        if (lineage === undefined) {
          return (
            <NoSnapshots
              title={t('common.snapshots')}
              icon={IconHistory}
              action={
                <Button component={Link} to="/repositories?add">
                  {t('common.connectRepository')}
                </Button>
              }
            >
              {t('common.snapshotsAppear')}
            </NoSnapshots>
          )
        }
        return <LineageScreen key={lineage.id} lineage={lineage} lineages={newest} />
      }}
    </QueryView>
  )
}
