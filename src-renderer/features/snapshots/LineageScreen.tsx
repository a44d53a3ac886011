import { Button, SegmentedControl } from '@mantine/core'
import { useCallbackRef, useDocumentTitle, useElementSize } from '@mantine/hooks'
import { IconHistory, IconKey } from '@tabler/icons-react'
import { useEffect, useMemo } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import type { Lineage, Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreDraft } from '../../state/restore-draft.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { useRemembered } from '../../state/use-remembered.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { snapshotAt } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { DatabaseView, holdsDatabase } from './DatabaseView.tsx'
import { Explorer } from './Explorer.tsx'
import { keepReasons } from './keep-reasons.ts'
import { LineagePicker } from './LineagePicker.tsx'
import { SnapshotHead } from './SnapshotHead.tsx'
import { SnapshotsSkeleton } from './SnapshotsSkeleton.tsx'
import { TimeSection } from './TimeSection.tsx'
import { usePlace } from './use-place.ts'

/** As many as the contract gives at once: hourly ones of seven months, daily ones of thirteen years. */
const MOST_SNAPSHOTS = 5000
const COMPACT_BELOW = 720
const YEAR_FROM = 1340

export interface LineageScreenProps {
  readonly lineage: Lineage
  readonly lineages: readonly Lineage[]
}

export function LineageScreen({ lineage, lineages }: LineageScreenProps) {
  useDocumentTitle(t('snapshots.title', { title: lineage.title }))
  const [, remember] = useRemembered<string | undefined>('last-lineage', undefined)
  useEffect(() => remember(lineage.id), [lineage.id, remember])
  const query = useQuery(
    ['snapshots', lineage.id],
    async (client, signal) => {
      const newestFirst = await client.snapshots.list({ lineageId: lineage.id, limit: MOST_SNAPSHOTS }, { signal })
      return newestFirst.reverse()
    },
    { areas: ['snapshots'] },
  )
  return (
    <QueryView query={query} onRetry={query.reload} skeleton={<SnapshotsSkeleton />}>
      {(snapshots) => <Screen lineage={lineage} lineages={lineages} snapshots={snapshots} />}
    </QueryView>
  )
}

/** `snapshots` are the oldest first. */
function Screen({ lineage, lineages, snapshots }: LineageScreenProps & { readonly snapshots: readonly Snapshot[] }) {
  const now = useNow()
  const navigate = useNavigate()
  const [params] = useSearchParams()
  const place = usePlace()
  const { ref, width } = useElementSize()
  const [view, setView] = useRemembered('snapshot-view', 'databases')
  const draft = useRestoreDraft()
  const isCompact = width > 0 && width < COMPACT_BELOW
  const times = useMemo(() => snapshots.map(snapshotAt), [snapshots])
  const plan = useSharedValue('plans')?.find((state) => state.plan.id === lineage.planId)?.plan
  const reasons = useMemo(() => {
    const to = plan?.destinations.find(({ repositoryId }) => repositoryId === lineage.repositoryId)
    return keepReasons(snapshots, to?.retention)
  }, [snapshots, plan, lineage.repositoryId])
  const found = snapshots.findIndex((one) => one.id === place.at)
  const index = found === -1 ? snapshots.length - 1 : found
  const snapshot = snapshots[index]
  const hasDatabase = snapshot !== undefined && holdsDatabase(snapshot)

  // These stay the same functions, so that opening a folder draws the explorer and nothing else.
  const moveTo = useCallbackRef((at: number) => {
    const next = snapshots[Math.max(0, Math.min(snapshots.length - 1, at))]
    if (next !== undefined && next !== snapshot) place.moveTo(next.id)
  })
  const step = useCallbackRef((by: 1 | -1) => moveTo(index + by))
  const compare = useCallbackRef(() => {
    const from = snapshot?.id ?? ''
    void navigate(`/compare?${new URLSearchParams({ from, to: 'disk', path: place.path ?? '' })}`)
  })
  if (snapshot === undefined) {
    return (
      <div className="hf-page">
        <div className="hf-page-header">
          <LineagePicker lineage={lineage} lineages={lineages} />
        </div>
        <EmptyState icon={IconHistory} title={t('snapshots.noneAnyMore', { title: lineage.title })}>
          {t('snapshots.noneAnyMoreText')}
        </EmptyState>
      </div>
    )
  }

  return (
    <div className="hf-page" ref={ref} data-compact={isCompact || undefined}>
      <SnapshotHead
        lineage={lineage}
        lineages={lineages}
        snapshot={snapshot}
        count={snapshots.length}
        oldestAt={times[0]}
        now={now}
        isCompact={isCompact}
        onCompare={compare}
      />
      <TimeSection
        snapshots={snapshots}
        times={times}
        snapshot={snapshot}
        index={index}
        reason={reasons.get(snapshot.id)}
        now={now}
        weeks={width >= YEAR_FROM ? 53 : 26}
        isCompact={isCompact}
        onMoveTo={moveTo}
      />
      <MissingKey snapshot={snapshot} />
      {hasDatabase && (
        <SegmentedControl
          className="hf-database-choice"
          aria-label={t('databases.shown')}
          data={[
            { value: 'databases', label: t('databases.databases') },
            { value: 'files', label: t('databases.files') },
          ]}
          value={view}
          onChange={setView}
        />
      )}
      {hasDatabase && view === 'databases' ? (
        <DatabaseView snapshot={snapshot} now={now} />
      ) : (
        <Explorer
          snapshot={snapshot}
          previous={snapshots[index - 1]}
          snapshots={snapshots}
          path={place.path}
          entryPath={params.get('entry') ?? draft?.paths[0]}
          now={now}
          isCompact={isCompact}
          onOpenPath={place.open}
          onMoveTo={place.moveTo}
          onStep={step}
        />
      )}
    </div>
  )
}

/** Encrypted with a key that is not here: said once, above what cannot be opened. */
function MissingKey({ snapshot }: { readonly snapshot: Snapshot }) {
  const keys = useSharedValue('keys')
  const { keyFingerprint } = snapshot
  if (keyFingerprint === undefined || keys === undefined) return null
  if (keys.some((key) => key.fingerprint === keyFingerprint)) return null
  return (
    <div className="hf-key-missing" role="status">
      <IconKey size={16} stroke={1.75} className="hf-warn" aria-hidden />
      <span className="hf-grow">
        {t('snapshots.missingKey')} <span className="hf-mono hf-3">{keyFingerprint.slice(0, 23)}</span>
      </span>
      <Button component={Link} to="/settings/security">
        {t('snapshots.openSheet')}
      </Button>
    </div>
  )
}
