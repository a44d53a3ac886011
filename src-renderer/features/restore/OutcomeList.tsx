import { IconChevronDown, IconChevronRight, IconDots, IconFolder } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { RestoreOutcome, RestorePreview, RestorePreviewItem } from '../../../src-shared/model/restore.ts'
import { t } from '../../i18n/translate.ts'
import { entryLook } from '../../ui/entry-look.ts'
import { formatAbsolute, formatBytes, formatCount, formatCounted } from '../../ui/format.ts'
import { nameOf } from '../../ui/snapshot-path.ts'
import { briefTime } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { outcomeLooks } from './outcomes.ts'
import { type PreviewRow, previewRows } from './preview-rows.ts'

const ROW = 32

export interface OutcomeListProps {
  readonly preview: RestorePreview
  readonly chosen: readonly string[]
  readonly filter: RestoreOutcome | undefined
  /** `after`: it has happened. */
  readonly tense: 'before' | 'after'
  /** Reasons of what failed, by path on disk. */
  readonly failures?: ReadonlyMap<string, string>
}

/** Every file with what will happen to it, or has. */
export function OutcomeList({ preview, chosen, filter, tense, failures }: OutcomeListProps) {
  const now = useNow()
  const scroll = useRef<HTMLDivElement>(null)
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(
    () => previewRows(preview.items, { chosen, filter, folded, unfolded }),
    [preview.items, chosen, filter, folded, unfolded],
  )
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  const toggleFold = (path: string) =>
    setFolded((before) => {
      const next = new Set(before)
      if (!next.delete(path)) next.add(path)
      return next
    })
  return (
    <>
      <div className="hf-outcome-columns" data-tense={tense} aria-hidden>
        <span>{t('restore.name')}</span>
        <span>{tense === 'before' ? t('restore.inSnapshot') : t('restore.restored')}</span>
        {tense === 'before' && <span>{t('restore.onDisk')}</span>}
        <span>{t('restore.outcome')}</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
      <section ref={scroll} className="hf-outcomes" aria-label={t('restore.files')} tabIndex={0}>
        <ul style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <li
                key={index}
                className="hf-outcome-row"
                data-tense={tense}
                style={{ transform: `translateY(${start}px)` }}
              >
                <RowCells
                  row={row}
                  tense={tense}
                  now={now}
                  failures={failures}
                  onFold={toggleFold}
                  onUnfold={(path) => setUnfolded((before) => new Set(before).add(path))}
                />
              </li>
            )
          })}
        </ul>
        {preview.items.length < preview.files && preview.complete && (
          <p className="hf-sm hf-3" style={{ padding: '8px 24px' }}>
            {t('restore.firstListed', { n: formatCount(preview.items.length) })}
          </p>
        )}
      </section>
    </>
  )
}

interface RowProps {
  readonly row: PreviewRow
  readonly tense: 'before' | 'after'
  readonly now: number
  readonly failures: ReadonlyMap<string, string> | undefined
  readonly onFold: (path: string) => void
  readonly onUnfold: (path: string) => void
}

function RowCells({ row, tense, now, failures, onFold, onUnfold }: RowProps) {
  switch (row.kind) {
    case 'folder': {
      const Chevron = row.isOpen ? IconChevronDown : IconChevronRight
      return (
        <>
          <span className="hf-outcome-name">
            <button
              type="button"
              className="hf-fold"
              aria-expanded={row.isOpen}
              aria-label={t('restore.filesIn', { name: nameOf(row.path) })}
              onClick={() => onFold(row.path)}
            >
              <Chevron size={14} stroke={1.9} aria-hidden />
            </button>
            <IconFolder size={16} stroke={1.75} className="hf-3" aria-hidden />
            <span className="hf-ell">{nameOf(row.path)}</span>
          </span>
          <span className="hf-2">
            {t('restore.filesAndBytes', { files: formatCounted(row.files, 'file'), bytes: formatBytes(row.bytes) })}
          </span>
          {tense === 'before' && <span className="hf-3">{row.outcome === 'new' ? t('restore.notThere') : ''}</span>}
          {row.outcome === undefined ? (
            <span className="hf-2">{t('restore.several')}</span>
          ) : (
            <Outcome outcome={row.outcome} tense={tense} />
          )}
        </>
      )
    }
    case 'more':
      return (
        <>
          <span className="hf-outcome-name hf-outcome-nested">
            <IconDots size={16} stroke={1.75} className="hf-3" aria-hidden />
            <button type="button" className="hf-link" onClick={() => onUnfold(row.folder)}>
              {t('restore.moreFiles', { n: formatCount(row.files) })}
            </button>
          </span>
          <span className="hf-2">{formatBytes(row.bytes)}</span>
        </>
      )
    case 'item':
      return <ItemCells item={row.item} name={row.name} depth={row.depth} tense={tense} now={now} failures={failures} />
  }
}

interface ItemProps extends Pick<RowProps, 'tense' | 'now' | 'failures'> {
  readonly item: RestorePreviewItem
  readonly name: string
  readonly depth: 0 | 1
}

function ItemCells({ item, name, depth, tense, now, failures }: ItemProps) {
  // The preview names kinds as the archive does; anything but a link or a file looks like a file here.
  const { icon: Icon } = entryLook(item.kind === 'symlink' ? 'symlink' : 'file', name)
  const failure = failures?.get(item.targetPath) ?? failures?.get(item.path)
  const isWritten = item.outcome === 'new' || item.outcome === 'overwrite' || item.outcome === 'keep-both'
  return (
    <>
      <span
        className={depth === 1 ? 'hf-outcome-name hf-outcome-nested' : 'hf-outcome-name hf-outcome-alone'}
        title={displayPath(item.targetPath)}
      >
        <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
        <span className="hf-ell">{displayPath(name)}</span>
      </span>
      {tense === 'after' && !isWritten ? (
        <span className="hf-3">{t('restore.nothing')}</span>
      ) : (
        <span className="hf-2" title={formatAbsolute(item.modifiedAt)}>
          {formatBytes(item.sizeBytes)}
          {tense === 'before' && `, ${briefTime(item.modifiedAt, now)}`}
        </span>
      )}
      {tense === 'before' &&
        (item.onDisk === undefined ? (
          <span className="hf-3">{t('restore.notThere')}</span>
        ) : (
          <span className="hf-2" title={formatAbsolute(item.onDisk.modifiedAt)}>
            {t('restore.filesAndBytes', {
              files: formatBytes(item.onDisk.sizeBytes),
              bytes: briefTime(item.onDisk.modifiedAt, now),
            })}
          </span>
        ))}
      {failure === undefined ? (
        <Outcome outcome={item.outcome} tense={tense} />
      ) : (
        <span className="hf-bad hf-ell" title={failure}>
          {t('restore.failedBecause', { why: failure })}
        </span>
      )}
    </>
  )
}

function Outcome({ outcome, tense }: { readonly outcome: RestoreOutcome; readonly tense: 'before' | 'after' }) {
  const look = outcomeLooks[outcome]
  const Icon = tense === 'before' ? look.icon : look.afterIcon
  const isDone = tense === 'after' && look.afterIcon !== look.icon
  return (
    <span className={`hf-outcome ${isDone ? 'hf-ok' : tense === 'after' ? 'hf-2' : look.tone}`}>
      <Icon size={14} stroke={1.9} aria-hidden />
      <span className={tense === 'after' ? 'hf-2' : undefined}>
        {t(tense === 'before' ? `restore.outcome_${outcome}` : `restore.after_${outcome}`)}
      </span>
    </span>
  )
}
