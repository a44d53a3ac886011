import { SegmentedControl, Select } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { FolderSpace } from '../../../src-shared/contract/space.ts'
import type { LineageId, SnapshotId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { Crumbs } from '../../ui/Crumbs.tsx'
import { formatBytes, formatCounted, formatMoment } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { nameOf, parentPath, pathsTo } from '../../ui/snapshot-path.ts'
import { TreeMap } from '../../ui/TreeMap.tsx'
import { useNow } from '../../ui/use-now.ts'
import { FolderSpaceTable } from './FolderSpaceTable.tsx'
import { folderTiles } from './space-tiles.ts'

export type SpaceBy = 'bytes' | 'keptBytes'

export interface SourceSpaceProps {
  readonly lineageId: LineageId
  readonly title: string
  readonly onLeave: () => void
}

/** The folders of one source by what they hold, down to single files, as one of its snapshots has them. */
export function SourceSpace({ lineageId, title, onLeave }: SourceSpaceProps) {
  const snapshots = useQuery(
    ['space-snapshots', lineageId],
    (client, signal) => client.snapshots.list({ lineageId, limit: 1000 }, { signal }),
    { areas: ['snapshots'] },
  )
  return (
    <QueryView query={snapshots} onRetry={snapshots.reload}>
      {(all) => <Folders title={title} snapshots={all.filter(({ indexed }) => indexed)} onLeave={onLeave} />}
    </QueryView>
  )
}

interface FoldersProps {
  readonly title: string
  readonly snapshots: readonly Snapshot[]
  readonly onLeave: () => void
}

function Folders({ title, snapshots, onLeave }: FoldersProps) {
  const [chosen, setChosen] = useState<SnapshotId>()
  const [top, setTop] = useState('')
  const [path, setPath] = useState('')
  const [by, setBy] = useState<SpaceBy>('bytes')
  const now = useNow()
  const here = useRef<HTMLButtonElement>(null)
  // The tile that was pressed is gone: where one is now is the next thing to read. `path` is there to do it again.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => here.current?.focus(), [path])
  const snapshotId = snapshots.some(({ id }) => id === chosen) ? chosen : snapshots[0]?.id
  const space = useQuery(
    ['folder-space', snapshotId, path, by],
    (client, signal) =>
      snapshotId === undefined
        ? Promise.reject(new Error('nothing to measure'))
        : client.space.folder({ snapshotId, path, by }, { signal }),
    { enabled: snapshotId !== undefined, keep: true },
  )
  // A source of one folder begins there: a map with one tile says nothing.
  const archive = path === '' && space.state === 'ready' ? onlyFolder(space.value) : undefined
  useEffect(() => {
    if (archive === undefined) return
    setTop(archive)
    setPath(archive)
  }, [archive])
  const open = (to: string) => (to === TOP ? onLeave() : setPath(to))
  const up = () => open(path === top ? TOP : parentPath(path))
  const crumbs = [
    { path: TOP, name: t('space.allSources') },
    { path: top, name: title },
    ...pathsTo(path)
      .slice(top === '' ? 0 : 1)
      .map((one) => ({ path: one, name: nameOf(one) })),
  ]
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Backspace is a short way for what the breadcrumbs do
    <div className="hf-space-folder" onKeyDown={(event) => event.key === 'Backspace' && up()}>
      <Crumbs label={t('space.path')} crumbs={crumbs} onOpen={open} here={here} />
      {snapshotId === undefined ? (
        <p className="hf-sm hf-2">{t('space.notRead')}</p>
      ) : (
        <>
          <div className="hf-row" style={{ flexWrap: 'wrap' }}>
            <Select
              size="xs"
              className="hf-grow"
              miw={140}
              aria-label={t('space.snapshot')}
              data={snapshots.map(({ id, ref }) => ({ value: id, label: formatMoment(ref.time * 1000, now) }))}
              value={snapshotId}
              onChange={(value) => setChosen(snapshots.find(({ id }) => id === value)?.id)}
            />
            <SegmentedControl<SpaceBy>
              aria-label={t('space.by')}
              data={[
                { value: 'bytes', label: t('space.byBytes') },
                { value: 'keptBytes', label: t('space.byKeptBytes') },
              ]}
              value={by}
              onChange={setBy}
            />
          </div>
          <QueryView query={space} onRetry={space.reload}>
            {(value) => <Contents space={value} by={by} onOpen={open} />}
          </QueryView>
        </>
      )}
    </div>
  )
}

/** What is above the sources; no path of a snapshot begins with a slash. */
const TOP = '/'

function onlyFolder({ children: [first, second] }: FolderSpace): string | undefined {
  return second === undefined && first?.isFolder === true ? first.path : undefined
}

interface ContentsProps {
  readonly space: FolderSpace
  readonly by: SpaceBy
  readonly onOpen: (path: string) => void
}

function Contents({ space, by, onOpen }: ContentsProps) {
  const { all } = space
  const tiles = folderTiles(space, by, t('common.more'))
  return (
    <>
      <p role="status" className="hf-sm">
        {t('space.folderHolds', {
          files: formatCounted(all.files, 'file'),
          bytes: formatBytes(all.bytes),
          kept: formatBytes(all.keptBytes),
        })}{' '}
        <span className="hf-2">{t('space.asRead')}</span>
      </p>
      {tiles.length > 0 && (
        <TreeMap
          label={t('space.folderMap')}
          tiles={tiles.map(({ name, bytes, path, isFolder }) => ({
            key: path ?? '',
            name: displayPath(name),
            bytes,
            onOpen: isFolder && path !== undefined ? () => onOpen(path) : undefined,
          }))}
        />
      )}
      {space.children.length > 0 && <FolderSpaceTable space={space} by={by} onOpen={onOpen} />}
    </>
  )
}
