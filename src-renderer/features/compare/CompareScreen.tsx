import { Button } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconCopy, IconEqual, IconPointer } from '@tabler/icons-react'
import { useEffect, useMemo, useState } from 'react'
import { useSearchParams } from 'react-router'
import type { ChangeKind } from '../../../src-shared/model/entry.ts'
import { snapshotId } from '../../../src-shared/model/ids.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreActions } from '../../state/restore-draft.ts'
import { showFailure } from '../../state/use-command.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatTime } from '../../ui/format.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { parentPath, pathsTo } from '../../ui/snapshot-path.ts'
import { pointWords, snapshotAt, snapshotName } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { ComparePoints } from './ComparePoints.tsx'
import { DifferenceTree } from './DifferenceTree.tsx'
import { differenceRows } from './difference-rows.ts'
import { FileDifference } from './FileDifference.tsx'
import { TotalChips } from './TotalChips.tsx'
import { type Point, useDifferences } from './use-differences.ts'

export interface CompareScreenProps {
  readonly from: Snapshot
  /** Of the same source, newest first. */
  readonly snapshots: readonly Snapshot[]
}

export function CompareScreen({ from, snapshots }: CompareScreenProps) {
  const now = useNow()
  const restore = useRestoreActions()
  const [params, setParams] = useSearchParams()
  const asked = params.get('path') ?? ''
  const toId = snapshotId.safeParse(params.get('to'))
  const to: Point = toId.success ? { kind: 'snapshot', id: toId.data } : { kind: 'disk' }
  const right = to.kind === 'snapshot' ? snapshots.find((one) => one.id === to.id) : undefined
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set(pathsTo(asked)))
  const [hidden, setHidden] = useState<ReadonlySet<ChangeKind>>(new Set(['identical']))
  const [text, setText] = useState('')
  const differences = useDifferences({ from: from.id, to, includeIdentical: !hidden.has('identical') }, expanded)
  const { loaded, totals, failure } = differences

  // A folder that is the only one differing opens by itself: nobody wants to click through a chain of them.
  useEffect(() => {
    const single = [...loaded].flatMap(([, list]) => (list.length === 1 && list[0]?.kind === 'directory' ? list : []))
    setExpanded((before) => {
      const more = single.filter(({ path }) => !before.has(path))
      return more.length === 0 ? before : new Set([...before, ...more.map(({ path }) => path)])
    })
  }, [loaded])

  const rows = useMemo(() => differenceRows(loaded, expanded, { text, hidden }), [loaded, expanded, text, hidden])
  const open = loaded.get(parentPath(asked))?.find(({ path, kind }) => path === asked && kind !== 'directory')
  const expand = (path: string, isExpanded: boolean) =>
    setExpanded((before) => {
      const next = new Set(before)
      if (isExpanded) next.add(path)
      else next.delete(path)
      return next
    })
  const copy = () => {
    const command = `holdfast diff ${snapshotName(from)}${right === undefined ? '' : ` ${snapshotName(right)}`}`
    navigator.clipboard
      .writeText(command)
      .then(() => notifications.show({ message: t('common.commandCopied') }), showFailure)
  }
  const rightWords =
    right === undefined
      ? differences.readAt === undefined
        ? t('compare.onDisk')
        : t('compare.onDiskReadAt', { time: formatTime(differences.readAt) })
      : pointWords(snapshotAt(right), now)

  return (
    <div className="hf-page">
      <PageHeader
        title={t('common.compare')}
        beside={
          <ComparePoints
            snapshots={snapshots}
            from={from.id}
            to={to.kind === 'disk' ? 'disk' : to.id}
            onChange={(left, other) =>
              setParams((before) => {
                before.set('from', left)
                before.set('to', other)
                return before
              })
            }
          />
        }
        actions={
          <Button variant="subtle" leftSection={<IconCopy size={16} stroke={1.75} aria-hidden />} onClick={copy}>
            {t('common.copyAsCommand')}
          </Button>
        }
      />
      <TotalChips
        totals={totals}
        hidden={hidden}
        text={text}
        onText={setText}
        onHide={(kind, hide) =>
          setHidden((before) => {
            const next = new Set(before)
            if (hide) next.add(kind)
            else next.delete(kind)
            return next
          })
        }
      />
      {failure !== undefined && <ErrorState failure={failure} onRetry={differences.reload} />}
      {totals === undefined ? (
        failure === undefined && <SkeletonRows rows={12} height={28} />
      ) : loaded.get('')?.length === 0 ? (
        <EmptyState icon={IconEqual} title={t('compare.nothingDiffers')}>
          {t('compare.nothingDiffersText')}
        </EmptyState>
      ) : (
        <div className="hf-compare-panes">
          <SplitPane
            name="compare-tree"
            width={344}
            min={220}
            max={640}
            first={
              <DifferenceTree
                rows={rows}
                openPath={open?.path}
                onOpen={({ path }) =>
                  setParams((before) => {
                    before.set('path', path)
                    return before
                  })
                }
                onExpand={expand}
              />
            }
            second={
              open === undefined ? (
                <EmptyState icon={IconPointer} title={t('compare.noFileOpen')}>
                  {t('compare.noFileOpenText')}
                </EmptyState>
              ) : (
                <FileDifference
                  key={open.path}
                  difference={open}
                  from={from.id}
                  to={to}
                  leftWords={pointWords(snapshotAt(from), now)}
                  rightWords={rightWords}
                  onRestore={() => restore.open({ lineageId: from.lineageId, snapshotId: from.id, paths: [open.path] })}
                />
              )
            }
          />
        </div>
      )}
    </div>
  )
}
