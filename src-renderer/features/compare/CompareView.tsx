import { t } from '../../i18n/translate.ts'
import './compare.css'
import { IconArrowsDiff } from '@tabler/icons-react'
import { Navigate, useSearchParams } from 'react-router'
import { type LineageId, type SnapshotId, snapshotId } from '../../../src-shared/model/ids.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { NoSnapshots } from '../../ui/NoSnapshots.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { CompareScreen } from './CompareScreen.tsx'

/** Two points in time, or a point and the live disk. Without a point in the address, the newest snapshot there is. */
export function CompareView() {
  const [params] = useSearchParams()
  const from = snapshotId.safeParse(params.get('from'))
  if (!from.success) return <NewestFirst />
  return <From key={from.data} id={from.data} />
}

function From({ id }: { readonly id: SnapshotId }) {
  const query = useQuery(['compare-from', id], async (client, signal) => {
    const snapshot = await client.snapshots.get({ id }, { signal })
    const snapshots = await client.snapshots.list({ lineageId: snapshot.lineageId, limit: 5000 }, { signal })
    return { snapshot, snapshots }
  })
  return (
    <QueryView query={query} onRetry={query.reload}>
      {({ snapshot, snapshots }) => <CompareScreen from={snapshot} snapshots={snapshots} />}
    </QueryView>
  )
}

function NewestFirst() {
  const app = useApp()
  const lineages = useShared('lineages')
  return (
    <QueryView query={lineages} onRetry={app.lineages.reload}>
      {(all) => {
        const newest = [...all].sort((a, b) => (b.newest ?? 0) - (a.newest ?? 0))[0]
        if (newest !== undefined) return <ToNewest lineageId={newest.id} />
        return (
          <NoSnapshots title={t('common.compare')} icon={IconArrowsDiff}>
            {t('compare.emptyText')}
          </NoSnapshots>
        )
      }}
    </QueryView>
  )
}

function ToNewest({ lineageId }: { readonly lineageId: LineageId }) {
  const query = useQuery(['compare-newest', lineageId], (client, signal) =>
    client.snapshots.list({ lineageId, limit: 1 }, { signal }),
  )
  return (
    <QueryView query={query} onRetry={query.reload}>
      {([snapshot]) =>
        snapshot === undefined ? null : (
          <Navigate replace to={`/compare?${new URLSearchParams({ from: snapshot.id, to: 'disk' })}`} />
        )
      }
    </QueryView>
  )
}
