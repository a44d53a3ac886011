import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconArrowsDiagonal, IconHistory } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { isInTreeArchive } from '../../../src-shared/model/tree-archive.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { entryLook, kindWords } from '../../ui/entry-look.ts'
import { formatAbsolute } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { shortAbsolute, snapshotAt } from '../../ui/snapshot-words.ts'
import { EntryMenu } from './EntryMenu.tsx'
import { modeWords } from './mode-words.ts'
import { Preview, type PreviewProps } from './Preview.tsx'
import { openRemoveDialog } from './remove-dialog.tsx'
import { VersionRail, versionAt } from './VersionRail.tsx'

export interface DetailPaneProps {
  readonly entry: Entry
  readonly snapshot: Snapshot
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  readonly now: number
  readonly onRestore: (snapshotId: SnapshotId, path: string) => void
  readonly onCompare: (from: SnapshotId, path: string) => void
  readonly onMoveTo: (id: SnapshotId) => void
}

/** Everything about one entry: its content, its facts, all its versions, and what can be done with it. */
export function DetailPane(props: DetailPaneProps) {
  const { entry, snapshot, snapshots, now } = props
  const { lineageId } = snapshot
  const versions = useQuery(
    ['versions', lineageId, entry.path],
    (client, signal) => client.snapshots.versions({ lineageId, path: entry.path }, { signal }),
    { areas: ['snapshots'] },
  )
  const list = versions.state === 'ready' ? versions.value.versions : []
  const current = versionAt(list, snapshotAt(snapshot))
  // A ghost is restored from the last snapshot that has it.
  const source = entry.deletedAfter?.snapshotId ?? snapshot.id
  const older = current === undefined ? undefined : list[list.indexOf(current) + 1]
  const preview: PreviewProps | undefined =
    versions.state === 'loading'
      ? undefined
      : {
          entry,
          snapshotId: entry.deletedAfter?.snapshotId ?? current?.firstSnapshotId ?? snapshot.id,
          previousId: older?.lastSnapshotId,
        }
  const { icon: Icon } = entryLook(entry.kind, entry.name)
  const navigate = useNavigate()
  // An archive as a whole goes with its snapshots, as disks and streams do.
  const remove = isInTreeArchive(snapshot.archives, entry.path)
    ? () => openRemoveDialog({ lineageId, entry, onStarted: (job) => void navigate(`/activity/${job.id}`) })
    : undefined

  return (
    <aside className="hf-detail" aria-label={t('snapshots.details')}>
      <div className="hf-detail-head">
        <Icon size={16} stroke={1.75} className="hf-file-icon" aria-hidden />
        <h2 className="hf-h4 hf-ell hf-grow" title={displayPath(entry.name)}>
          {displayPath(entry.name)}
        </h2>
        {preview !== undefined && (entry.kind === 'file' || entry.kind === 'hardlink') && (
          <Tooltip label={t('snapshots.openLarge')}>
            <ActionIcon aria-label={t('snapshots.openLarge')} onClick={() => openLarge(preview)}>
              <IconArrowsDiagonal size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
        <EntryMenu entry={entry} source={source} onRemove={remove} />
      </div>
      <div className="hf-detail-body">
        {preview !== undefined && <Preview key={`${preview.snapshotId} ${entry.path}`} {...preview} />}
        <Facts entry={entry} />
        {versions.state === 'loading' && <SkeletonRows rows={4} height={28} />}
        {versions.state === 'failed' && <ErrorState failure={versions.failure} onRetry={versions.reload} />}
        {versions.state === 'ready' && (
          <VersionRail
            {...versions.value}
            snapshots={snapshots}
            current={current}
            now={now}
            onVersion={(version) => props.onMoveTo(version.firstSnapshotId)}
            onDiskCompare={() => props.onCompare(source, entry.path)}
            onRemove={remove}
          />
        )}
      </div>
      <div className="hf-detail-foot">
        <Button
          variant="filled"
          className="hf-grow"
          leftSection={<IconHistory size={16} stroke={1.75} aria-hidden />}
          onClick={() => props.onRestore(source, entry.path)}
        >
          {entry.deletedAfter === undefined ? restoreWords(entry) : t('snapshots.restoreLast')}
        </Button>
        <Button onClick={() => props.onCompare(source, entry.path)}>{t('common.compare')}</Button>
      </div>
    </aside>
  )
}

function restoreWords(entry: Entry): string {
  return entry.kind === 'directory' ? t('snapshots.restoreFolder') : t('snapshots.restoreVersion')
}

function Facts({ entry }: { readonly entry: Entry }) {
  return (
    <dl className="hf-facts">
      <dt>{t('snapshots.modified')}</dt>
      <dd className="hf-num" title={formatAbsolute(entry.modifiedAt)}>
        {shortAbsolute(entry.modifiedAt)}
      </dd>
      <dt>{t('snapshots.owner')}</dt>
      <dd>
        {t('snapshots.ownerWords', { uid: entry.uid, gid: entry.gid })}{' '}
        <span className="hf-mono">{modeWords(entry.permissions)}</span>
      </dd>
      <dt className="hf-when-wide">{t('snapshots.kind')}</dt>
      <dd className="hf-when-wide">{displayPath(kindWords(entry))}</dd>
    </dl>
  )
}

function openLarge(preview: PreviewProps): void {
  modals.open({
    title: displayPath(preview.entry.name),
    size: '80%',
    children: (
      <div className="hf-preview-large">
        <Preview {...preview} />
      </div>
    ),
  })
}
