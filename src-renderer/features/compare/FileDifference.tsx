import { ActionIcon, Button, SegmentedControl, Tooltip } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconArrowDown, IconArrowUp, IconFileUnknown, IconHistory } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { showFailure } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { useRemembered } from '../../state/use-remembered.ts'
import { diffLines } from '../../ui/diff/line-diff.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { entryLook, isPicture } from '../../ui/entry-look.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { saveFrom } from '../../ui/save-file.ts'
import { parentPath } from '../../ui/snapshot-path.ts'
import { DiffText } from './DiffText.tsx'
import type { Point } from './use-differences.ts'

export interface FileDifferenceProps {
  readonly difference: Difference
  readonly from: SnapshotId
  readonly to: Point
  readonly leftWords: string
  readonly rightWords: string
  readonly onRestore: () => void
}

const LIMIT_BYTES = 524_288

type Content = Awaited<ReturnType<Client['snapshots']['text']>>

/** One file on both sides: text line by line, pictures beside each other, sizes for the rest. */
export function FileDifference(props: FileDifferenceProps) {
  const { difference, from, onRestore } = props
  const client = useClient()
  const [mode, setMode] = useRemembered<'side' | 'unified'>('diff-mode', 'side')
  const [step, setStep] = useState<{ turn: number; by: 1 | -1 }>({ turn: 0, by: 1 })
  const go = (by: 1 | -1) => setStep(({ turn }) => ({ turn: turn + 1, by }))
  const hasLeft = difference.change !== 'added'
  useHotkeys([['n', () => go(1)], ['p', () => go(-1)], ...(hasLeft ? [['r', onRestore] as [string, () => void]] : [])])
  const { icon: Icon } = entryLook(difference.kind, difference.name)
  const isImage = isPicture(difference.kind, difference.name)
  const content = useTexts(props, !isImage)
  const diff = useMemo(
    () =>
      content.state === 'ready' && content.value.left.kind === 'text' && content.value.right.kind === 'text'
        ? diffLines(content.value.left.text, content.value.right.text)
        : undefined,
    [content],
  )
  const save = () => {
    client.snapshots
      .contentUrl({ id: from, path: difference.path, as: 'download' })
      .then((url) => saveFrom(url), showFailure)
  }

  return (
    <section className="hf-diff-pane" aria-label={t('compare.sideBySide')}>
      <div className="hf-diff-head">
        <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
        <h2 className="hf-h4 hf-ell">{displayPath(difference.name)}</h2>
        <span className="hf-mono hf-3 hf-ell hf-grow">{displayPath(parentPath(difference.path))}</span>
        {diff !== undefined && (
          <>
            <SegmentedControl
              aria-label={t('compare.layout')}
              value={mode}
              data={[
                { value: 'side', label: t('compare.sideBySide') },
                { value: 'unified', label: t('compare.unified') },
              ]}
              onChange={(value) => setMode(value === 'unified' ? 'unified' : 'side')}
            />
            <Tooltip label={t('compare.previousChange')}>
              <ActionIcon aria-label={t('compare.previousChange')} onClick={() => go(-1)}>
                <IconArrowUp size={16} stroke={1.75} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Tooltip label={t('compare.nextChange')}>
              <ActionIcon aria-label={t('compare.nextChange')} onClick={() => go(1)}>
                <IconArrowDown size={16} stroke={1.75} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </>
        )}
      </div>
      <div className="hf-diff-sides">
        <span className="hf-ell">
          {t('compare.sideWords', {
            side: props.leftWords,
            what: hasLeft ? formatBytes(difference.fromBytes ?? 0) : t('compare.notThere'),
          })}
        </span>
        <span className="hf-ell">
          {t('compare.sideWords', {
            side: props.rightWords,
            what: difference.change === 'removed' ? t('compare.notThere') : formatBytes(difference.toBytes ?? 0),
          })}
        </span>
      </div>
      {isImage ? (
        <Pictures {...props} />
      ) : content.state === 'loading' ? (
        <SkeletonRows rows={12} height={20} />
      ) : content.state === 'failed' ? (
        <ErrorState failure={content.failure} onRetry={content.reload} />
      ) : diff !== undefined ? (
        <DiffText key={difference.path} rows={diff.rows} mode={mode} step={step} />
      ) : (
        <div className="hf-grow">
          <EmptyState icon={IconFileUnknown} title={t('compare.notText')}>
            {t('compare.notTextWords')}
          </EmptyState>
        </div>
      )}
      <div className="hf-diff-foot">
        <p className="hf-sm hf-2 hf-grow">
          {diff !== undefined && placeWords(diff)}
          {content.state === 'ready' &&
            isCut(content.value) &&
            ` ${t('compare.onlyFirst', { bytes: formatBytes(LIMIT_BYTES) })}`}
        </p>
        {hasLeft && (
          <>
            <Button onClick={save}>{t('compare.saveLeft')}</Button>
            <Button
              variant="filled"
              leftSection={<IconHistory size={16} stroke={1.75} aria-hidden />}
              onClick={onRestore}
            >
              {t('compare.restoreLeft')}
            </Button>
          </>
        )}
      </div>
    </section>
  )
}

const NOTHING: Content = { kind: 'text', text: '', truncated: false }

function useTexts({ difference, from, to }: FileDifferenceProps, enabled: boolean) {
  const { path, change } = difference
  return useQuery(
    ['texts', from, to.kind === 'snapshot' ? to.id : 'disk', path],
    async (client, signal) => {
      const limit = { path, limitBytes: LIMIT_BYTES }
      const left = change === 'added' ? NOTHING : await client.snapshots.text({ id: from, ...limit }, { signal })
      const right =
        change === 'removed'
          ? NOTHING
          : to.kind === 'disk'
            ? await client.snapshots.textOnDisk({ id: from, ...limit }, { signal })
            : await client.snapshots.text({ id: to.id, ...limit }, { signal })
      return { left, right }
    },
    { enabled },
  )
}

function isCut({ left, right }: { readonly left: Content; readonly right: Content }): boolean {
  return left.truncated || right.truncated
}

function placeWords({ places, added, removed }: ReturnType<typeof diffLines>): string {
  if (places === 0) return t('compare.sameText')
  return t('compare.places', {
    count: places,
    added: formatCounted(added, 'line'),
    removed: formatCounted(removed, 'line'),
  })
}

function Pictures({ difference, from, to }: FileDifferenceProps) {
  return (
    <div className="hf-diff-pictures">
      <Picture
        id={difference.change === 'added' ? undefined : from}
        difference={difference}
        absent={t('compare.notThereSentence')}
      />
      {to.kind === 'disk' && difference.change !== 'removed' ? (
        <p className="hf-2 hf-sm">{t('compare.pictureOnDisk')}</p>
      ) : (
        <Picture
          id={to.kind === 'disk' || difference.change === 'removed' ? undefined : to.id}
          difference={difference}
          absent={t('compare.notThereSentence')}
        />
      )}
    </div>
  )
}

interface PictureProps {
  readonly id: SnapshotId | undefined
  readonly difference: Difference
  readonly absent: string
}

function Picture({ id, difference, absent }: PictureProps) {
  const url = useQuery(
    ['picture', id, difference.path],
    async (client, signal) =>
      id === undefined ? '' : client.snapshots.contentUrl({ id, path: difference.path, as: 'inline' }, { signal }),
    { enabled: id !== undefined },
  )
  if (id === undefined) return <p className="hf-2 hf-sm">{absent}</p>
  if (url.state === 'failed') return <ErrorState failure={url.failure} onRetry={url.reload} />
  return <div className="hf-diff-picture">{url.state === 'ready' && <img src={url.value} alt={difference.name} />}</div>
}
