// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtualised grid are placed, which a <table> forbids
// biome-ignore-all lint/a11y/useFocusableInteractive: the container holds the focus and names the active row
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the container holds the focus and the keys

import { IconCheck, IconPencil, IconPlus, IconTag, IconTrash } from '@tabler/icons-react'
import { type DragEvent, type MouseEvent, memo } from 'react'
import type { Entry } from '../../../src-shared/model/entry.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { entryLook, kindWords } from '../../ui/entry-look.ts'
import { formatAbsolute, formatBytes, formatBytesDelta, formatCounted, formatDay } from '../../ui/format.ts'
import { columnTime } from '../../ui/snapshot-words.ts'

export interface EntryRowProps {
  readonly id: string
  readonly index: number
  readonly start: number
  readonly entry: Entry | undefined
  readonly isSelected: boolean
  readonly isActive: boolean
  readonly isCompact: boolean
  readonly withKind: boolean
  readonly now: number
  readonly onClick: (event: MouseEvent, index: number) => void
  readonly onToggle: (index: number) => void
  readonly onOpen: (entry: Entry) => void
  readonly onPoint: (entry: Entry) => void
  readonly onDragStart: (event: DragEvent, entry: Entry) => void
}

/** One row of the explorer. A row whose page is still on its way holds its place. */
export const EntryRow = memo(function EntryRow(props: EntryRowProps) {
  const { id, index, start, entry, isSelected, isActive, isCompact, withKind, now } = props
  const place = { transform: `translateY(${start}px)` }
  if (entry === undefined) {
    return (
      <div id={id} role="row" aria-rowindex={index + 2} className="hf-entry" style={place}>
        <span role="gridcell" className="hf-late hf-entry-waiting" aria-label={t('common.loading')} />
      </div>
    )
  }
  const name = displayPath(entry.name)
  const { icon: Icon } = entryLook(entry.kind, entry.name)
  const isGhost = entry.deletedAfter !== undefined
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className="hf-entry"
      data-ghost={isGhost || undefined}
      data-active={isActive || undefined}
      style={place}
      onClick={(event) => props.onClick(event, index)}
      onDoubleClick={() => props.onOpen(entry)}
      draggable
      onPointerEnter={() => props.onPoint(entry)}
      onDragStart={(event) => props.onDragStart(event, entry)}
    >
      <span role="gridcell" className="hf-entry-name">
        {/* The row says whether it is chosen; the box is only where a mouse does it. */}
        <span
          role="none"
          className="hf-entry-box"
          onClick={(event) => {
            event.stopPropagation()
            props.onToggle(index)
          }}
        >
          <span className="hf-box" data-checked={isSelected || undefined}>
            {isSelected && <IconCheck size={12} stroke={3} aria-hidden />}
          </span>
        </span>
        <Icon size={16} stroke={1.75} aria-hidden className="hf-file-icon" />
        <span className={isSelected ? 'hf-ell hf-med' : 'hf-ell'} title={name}>
          {name}
        </span>
      </span>
      <span role="gridcell" className="hf-entry-size hf-num">
        {sizeWords(entry)}
      </span>
      {!isCompact && (
        <>
          <span role="gridcell" className="hf-sm hf-2 hf-num" title={formatAbsolute(entry.modifiedAt)}>
            {columnTime(entry.modifiedAt, now)}
          </span>
          {withKind && (
            <span role="gridcell" className="hf-sm hf-2 hf-ell">
              {displayPath(kindWords(entry))}
            </span>
          )}
          <span role="gridcell" className="hf-sm hf-num">
            <Change entry={entry} now={now} />
          </span>
        </>
      )}
    </div>
  )
})

function sizeWords({ kind, sizeBytes, children }: Entry): string {
  if (kind !== 'directory' || sizeBytes > 0) return formatBytes(sizeBytes)
  return children === undefined ? '' : formatCounted(children, 'item')
}

function Change({ entry, now }: { readonly entry: Entry; readonly now: number }) {
  if (entry.deletedAfter !== undefined) {
    return (
      <span className="hf-change">
        <IconTrash size={14} stroke={1.9} aria-hidden />
        {t('snapshots.deletedAt', { when: formatDay(entry.deletedAfter.at, now) })}
      </span>
    )
  }
  switch (entry.change?.kind) {
    case 'added':
      return (
        <span className="hf-change hf-ok">
          <IconPlus size={14} stroke={1.9} aria-hidden />
          {t('snapshots.new')}
        </span>
      )
    case 'changed':
      return (
        <span className="hf-change hf-info">
          <IconPencil size={14} stroke={1.9} aria-hidden />
          {entry.change.bytes === 0 ? t('snapshots.changed') : formatBytesDelta(entry.change.bytes)}
        </span>
      )
    case 'metadata':
      return (
        <span className="hf-change hf-2">
          <IconTag size={14} stroke={1.9} aria-hidden />
          {t('snapshots.attributes')}
        </span>
      )
    default:
      return null
  }
}
