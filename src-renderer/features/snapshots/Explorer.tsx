import { useCallbackRef, useMediaQuery } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { IconFolderOff, IconPointer } from '@tabler/icons-react'
import { memo, useCallback, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import type { SortOrder } from '../../../src-shared/contract/snapshots.ts'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreActions, useRestoreDraft } from '../../state/restore-draft.ts'
import { useRemembered } from '../../state/use-remembered.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatDay, formatTime } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { nameOf, parentPath, pathsTo } from '../../ui/snapshot-path.ts'
import { snapshotAt } from '../../ui/snapshot-words.ts'
import { CrumbBar } from './CrumbBar.tsx'
import { DetailPane } from './DetailPane.tsx'
import { EntryTable } from './EntryTable.tsx'
import { FolderTree } from './FolderTree.tsx'
import { restoreSource } from './restore-source.ts'
import { StatusLine } from './StatusLine.tsx'
import { useDragOut } from './use-drag-out.ts'
import { useExplorerKeys } from './use-explorer-keys.ts'
import { useFolder } from './use-folder.ts'
import { treeRows, useFolderTree } from './use-folder-tree.ts'
import { usePreparedFolder } from './use-prepared-folder.ts'
import { useSelection } from './use-selection.ts'

export interface ExplorerProps {
  readonly snapshot: Snapshot
  readonly previous: Snapshot | undefined
  /** Oldest first. */
  readonly snapshots: readonly Snapshot[]
  /** As the address says it. */
  readonly path: string | undefined
  readonly entryPath: string | undefined
  readonly now: number
  readonly isCompact: boolean
  readonly onOpenPath: (path: string) => void
  readonly onMoveTo: (id: SnapshotId) => void
  readonly onStep: (step: 1 | -1) => void
}

/** The snapshot as a file manager: tree, table, detail. Moving in time changes what they show, not where they are. */
export const Explorer = memo(function Explorer(props: ExplorerProps) {
  const { snapshot, previous, isCompact, now, onOpenPath } = props
  const isWide = useMediaQuery('(min-width: 1600px)') ?? false
  const navigate = useNavigate()
  const [showDeleted, setShowDeleted] = useRemembered('show-deleted', true)
  const [order, setOrder] = useRemembered<SortOrder>('explorer-order', { by: 'name', descending: false })
  const [filter, setFilter] = useState('')
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set(pathsTo(props.path ?? '')))
  const expand = useCallbackRef((path: string, isExpanded: boolean) =>
    setExpanded((before) => {
      const next = new Set(before)
      if (isExpanded) next.add(path)
      else next.delete(path)
      return next
    }),
  )

  const [treeTurn, readTreeAgain] = useReducer((before: number) => before + 1, 0)
  const loaded = useFolderTree(snapshot.id, showDeleted, expanded, treeTurn)
  const archives = loaded.get('')?.folders
  // With a single archive, its root is where a person starts, not a list of one.
  const onlyArchive = archives?.length === 1 ? archives[0]?.path : undefined
  const path = props.path ?? onlyArchive ?? ''
  const expandTo = useCallback((target: string) => {
    setExpanded((before) => {
      const missing = pathsTo(target).filter((one) => !before.has(one))
      return missing.length === 0 ? before : new Set([...before, ...missing])
    })
  }, [])
  const rows = useMemo(() => treeRows(loaded, expanded), [loaded, expanded])

  const query = useMemo(
    () => ({ id: snapshot.id, path, showDeleted, filter, order }),
    [snapshot.id, path, showDeleted, filter, order],
  )
  const folder = useFolder(query)
  const { pages } = folder
  const draft = useRestoreDraft()
  const restore = useRestoreActions()
  const isHeld = draft !== undefined && draft.jobId === undefined && draft.lineageId === snapshot.lineageId
  const { selection, select, all, activate, clear } = useSelection(
    pages,
    isHeld ? { paths: draft.paths, choose: restore.choose } : undefined,
  )
  // Moving in time takes the restore along; coming to this screen does not.
  const heldAt = useRef(snapshot.id)
  useEffect(() => {
    if (heldAt.current === snapshot.id) return
    heldAt.current = snapshot.id
    if (isHeld && draft.snapshotId !== snapshot.id) restore.open({ ...draft, snapshotId: snapshot.id })
  }, [snapshot.id, isHeld, draft, restore])
  /** Another folder starts without a choice, except while the restore panel holds it. */
  const startIn = useCallback(
    (target: string) => {
      clear()
      setFilter('')
      expandTo(target)
    },
    [clear, expandTo],
  )
  useEffect(() => startIn(path), [path, startIn])
  /** At once what the effect does for links and the back button, so that the folder is drawn once. */
  const openPath = useCallbackRef((target: string) => {
    if (target !== path) startIn(target)
    onOpenPath(target)
  })
  const wantedEntry = selection.active?.path ?? props.entryPath
  const placed = wantedEntry === undefined || folder.isStale ? undefined : pages?.indexOf(wantedEntry)
  useEffect(() => {
    if (wantedEntry === undefined || placed === undefined) return
    if (selection.active?.path === wantedEntry && selection.active.index === placed) return
    activate(wantedEntry, placed)
  }, [wantedEntry, placed, selection.active, activate])

  const active = selection.active === undefined ? undefined : pages?.entry(selection.active.index)
  const shown = active?.path === selection.active?.path ? active : undefined
  const chosen = [...selection.paths]
    .map((one) => pages?.indexOf(one))
    .map((at) => (at === undefined ? undefined : pages?.entry(at)))

  const openRestore = (entries: readonly Entry[]) => {
    const { snapshotId, paths, leftOut } = restoreSource(entries, snapshot.id)
    if (paths.length === 0) return
    restore.open({ lineageId: snapshot.lineageId, snapshotId, paths })
    if (snapshotId !== snapshot.id) props.onMoveTo(snapshotId)
    if (leftOut > 0) {
      notifications.show({
        message: t('snapshots.leftOut', { count: leftOut }),
      })
    }
  }
  const restoreChosen = () => {
    const entries = chosen.filter((entry) => entry !== undefined)
    openRestore(entries.length > 0 ? entries : shown === undefined ? [] : [shown])
  }
  const compare = (from: SnapshotId, of: string) =>
    void navigate(`/compare?${new URLSearchParams({ from, to: 'disk', path: of })}`)
  const open = (entry: Entry) => {
    if (entry.kind !== 'directory') return
    folder.prepare(entry.path)
    openPath(entry.path)
  }
  const prepareFolder = usePreparedFolder(shown, folder.prepare)
  useExplorerKeys({
    onRestore: restoreChosen,
    onCompare: () => compare(shown?.deletedAfter?.snapshotId ?? snapshot.id, shown?.path ?? path),
    onUp: () => openPath(parentPath(path)),
    onStep: props.onStep,
  })

  const drag = useDragOut(snapshot.id)
  const totals = pages?.totals()
  const table = (
    <div className="hf-table-pane">
      {folder.failure !== undefined && (
        <ErrorState
          failure={folder.failure}
          onRetry={() => {
            readTreeAgain()
            folder.reload()
          }}
        />
      )}
      {pages === undefined || totals === undefined ? (
        folder.failure === undefined && <SkeletonRows rows={14} />
      ) : totals.total === 0 ? (
        <div className="hf-grow">
          <EmptyState
            icon={IconFolderOff}
            title={filter === '' ? t('snapshots.emptyFolder') : t('snapshots.nothingHas', { text: filter })}
          >
            {filter === '' ? t('snapshots.emptyFolderText') : t('snapshots.filterText')}
          </EmptyState>
        </div>
      ) : (
        <EntryTable
          path={path}
          label={path === '' ? t('snapshots.archives') : nameOf(path)}
          pages={pages}
          isStale={folder.isStale}
          selection={selection}
          order={order}
          sinceWords={sinceWords(previous, snapshot, now)}
          isCompact={isCompact}
          withKind={isWide && !isCompact}
          onOrder={setOrder}
          onSelect={(how, index) => {
            // A page that cannot be read is told by the folder itself.
            select(how, index).catch(() => {})
          }}
          onSelectAll={() => {
            all().catch(() => {})
          }}
          onOpen={open}
          onUp={() => openPath(parentPath(path))}
          onPoint={(entry) => {
            drag.ready(entry)
            prepareFolder(entry)
          }}
          onDragStart={drag.start}
        />
      )}
      <StatusLine
        total={totals?.total ?? 0}
        deleted={totals?.deleted ?? 0}
        selected={selection.paths.size}
        selectedBytes={
          chosen.includes(undefined) ? undefined : chosen.reduce((sum, entry) => sum + (entry?.sizeBytes ?? 0), 0)
        }
        isCompact={isCompact}
      />
    </div>
  )
  const crumbs = (
    <CrumbBar
      path={path}
      hasSeveralArchives={archives !== undefined && onlyArchive === undefined}
      isCompact={isCompact}
      showDeleted={showDeleted}
      filter={filter}
      onOpen={openPath}
      onShowDeleted={setShowDeleted}
      onFilter={setFilter}
    />
  )
  if (isCompact) {
    return (
      <>
        {crumbs}
        {table}
      </>
    )
  }
  const detail =
    shown === undefined ? (
      <aside className="hf-detail" aria-label={t('snapshots.details')}>
        <EmptyState icon={IconPointer} title={t('snapshots.nothingSelected')}>
          {t('snapshots.nothingSelectedText')}
        </EmptyState>
      </aside>
    ) : (
      <DetailPane
        entry={shown}
        snapshot={snapshot}
        snapshots={props.snapshots}
        now={now}
        onRestore={(snapshotId, of) => {
          if (selection.paths.size > 1) restoreChosen()
          else {
            restore.open({ lineageId: snapshot.lineageId, snapshotId, paths: [of] })
            if (snapshotId !== snapshot.id) props.onMoveTo(snapshotId)
          }
        }}
        onCompare={compare}
        onMoveTo={props.onMoveTo}
      />
    )
  return (
    <>
      {crumbs}
      <div className="hf-explorer">
        <SplitPane
          name={isWide ? 'explorer-tree-wide' : 'explorer-tree'}
          width={isWide ? 288 : 204}
          min={140}
          max={480}
          first={<FolderTree rows={rows} openPath={path} onOpen={openPath} onExpand={expand} />}
          second={
            <SplitPane
              name={isWide ? 'explorer-detail-wide' : 'explorer-detail'}
              width={isWide ? 440 : 320}
              min={260}
              max={720}
              fixed="second"
              first={table}
              second={detail}
            />
          }
        />
      </div>
    </>
  )
})

/** Head of the column that compares with the previous snapshot. */
function sinceWords(previous: Snapshot | undefined, snapshot: Snapshot, now: number): string {
  if (previous === undefined) return t('snapshots.firstSnapshot')
  const at = snapshotAt(previous)
  const isSameDay = new Date(at).toDateString() === new Date(snapshotAt(snapshot)).toDateString()
  return t('snapshots.since', { when: isSameDay ? formatTime(at) : formatDay(at, now) })
}
