import { Button } from '@mantine/core'
import { IconFileSearch, IconGitCompare } from '@tabler/icons-react'
import { memo, useState } from 'react'
import type { Lineage, Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { formatCounted, formatDate } from '../../ui/format.ts'
import { BucketButton } from './BucketButton.tsx'
import { JobServerButton } from './JobServerButton.tsx'
import { LineagePicker } from './LineagePicker.tsx'
import { ManifestView } from './ManifestView.tsx'
import { SnapshotMenu } from './SnapshotMenu.tsx'

export interface SnapshotHeadProps {
  readonly lineage: Lineage
  readonly lineages: readonly Lineage[]
  readonly snapshot: Snapshot
  /** Of all snapshots. */
  readonly count: number
  readonly oldestAt: number | undefined
  readonly now: number
  readonly isCompact: boolean
  readonly onCompare: () => void
}

/** What is looked at, and what can be done with the snapshot as a whole. Not drawn again while folders are opened. */
export const SnapshotHead = memo(function SnapshotHead(props: SnapshotHeadProps) {
  const { lineage, lineages, snapshot, now, isCompact } = props
  const [isManifestOpen, setManifestOpen] = useState(false)
  return (
    <div className="hf-page-header">
      <LineagePicker lineage={lineage} lineages={lineages} />
      {!isCompact && (
        <>
          <Whereabouts lineage={lineage} oldestAt={props.oldestAt} count={props.count} now={now} />
          <span className="hf-grow" />
          <Button leftSection={<IconGitCompare size={16} stroke={1.75} aria-hidden />} onClick={props.onCompare}>
            {t('common.compare')}
          </Button>
          <Button
            leftSection={<IconFileSearch size={16} stroke={1.75} aria-hidden />}
            onClick={() => setManifestOpen(true)}
          >
            {t('snapshots.manifest')}
          </Button>
          <BucketButton snapshot={snapshot} />
          <JobServerButton snapshot={snapshot} />
          <SnapshotMenu snapshot={snapshot} now={now} />
        </>
      )}
      <ManifestView snapshot={snapshot} now={now} isOpen={isManifestOpen} onClose={() => setManifestOpen(false)} />
    </div>
  )
})

function Whereabouts({
  lineage,
  oldestAt,
  count,
  now,
}: Pick<SnapshotHeadProps, 'lineage' | 'oldestAt' | 'count' | 'now'>) {
  const repositories = useSharedValue('repositories') ?? []
  const name = repositories.find(({ repository }) => repository.id === lineage.repositoryId)?.repository.name
  return (
    <span className="hf-2 hf-sm hf-ell">
      {name === undefined
        ? formatCounted(count, 'snapshot')
        : t('snapshots.snapshotsIn', { snapshots: formatCounted(count, 'snapshot'), name })}
      {oldestAt !== undefined && t('snapshots.oldest', { date: formatDate(oldestAt, now) })}
    </span>
  )
}
