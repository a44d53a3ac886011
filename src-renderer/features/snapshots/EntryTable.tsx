// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtualised grid are placed, which a <table> forbids
// biome-ignore-all lint/a11y/useFocusableInteractive: the container holds the focus and names the active row

import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import {
  type DragEvent,
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
} from 'react'
import type { SortOrder } from '../../../src-shared/contract/snapshots.ts'
import type { Entry } from '../../../src-shared/model/entry.ts'
import { t } from '../../i18n/translate.ts'
import { revealRow } from '../../ui/reveal-row.ts'
import { moveTarget } from '../../ui/row-keys.ts'
import { useNow } from '../../ui/use-now.ts'
import { EntryRow } from './EntryRow.tsx'
import type { EntryPages } from './entry-pages.ts'
import type { Selection } from './selection.ts'

const ROW = 32
const HEAD = 28

export interface EntryTableProps {
  readonly label: string
  /** The open folder: another one begins at its top, the same one at another time stays where it is. */
  readonly path: string
  readonly pages: EntryPages
  readonly isStale: boolean
  readonly selection: Selection
  readonly order: SortOrder
  readonly sinceWords: string
  readonly isCompact: boolean
  readonly withKind: boolean
  readonly onOrder: (order: SortOrder) => void
  readonly onSelect: (how: 'only' | 'toggle' | 'extend' | 'move', index: number) => void
  readonly onSelectAll: () => void
  readonly onOpen: (entry: Entry) => void
  readonly onUp: () => void
  /** The pointer came over an entry. */
  readonly onPoint: (entry: Entry) => void
  readonly onDragStart: (event: DragEvent, entry: Entry) => void
}

/** The open folder: a grid of any length, of which only what is in view exists. Chosen rows are said by the rows. */
export function EntryTable(props: EntryTableProps) {
  const { pages, selection, isCompact, withKind, onSelect } = props
  const scroll = useRef<HTMLDivElement>(null)
  const id = useId()
  const now = useNow()
  const total = pages.totals()?.total ?? 0
  const virtual = useVirtualizer({
    count: total,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 16,
    scrollMargin: HEAD,
    scrollPaddingStart: HEAD,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => pages.want(first, last + 1), [pages, first, last])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what this waits for
  useLayoutEffect(() => {
    // Only where it is not: to scroll makes the browser lay out everything at once.
    if ((virtual.scrollOffset ?? 0) > 0) scroll.current?.scrollTo(0, 0)
  }, [props.path])

  const at = selection.active?.index
  useEffect(() => {
    if (at !== undefined && at < total) revealRow(virtual, at)
  }, [at, total, virtual])

  const onKeyDown = (event: KeyboardEvent) => {
    const index = at ?? -1
    const perPage = Math.max(1, Math.floor((scroll.current?.clientHeight ?? ROW) / ROW) - 2)
    const target = moveTarget(event.key, index, total, perPage)
    const hasCommand = event.ctrlKey || event.metaKey
    if (target !== undefined) onSelect(event.shiftKey ? 'extend' : hasCommand ? 'move' : 'only', target)
    else if (event.key === ' ' && index >= 0) onSelect('toggle', index)
    else if (event.key.toLowerCase() === 'a' && hasCommand) props.onSelectAll()
    else if (event.key === 'Enter' && index >= 0) {
      const entry = pages.entry(index)
      if (entry !== undefined) props.onOpen(entry)
    } else if (event.key === 'Backspace') props.onUp()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  // The rows get the same functions every time: while scrolling, only rows that are new are drawn.
  const latest = useRef(props)
  latest.current = props
  const onClick = useCallback((event: MouseEvent, index: number) => {
    latest.current.onSelect(event.shiftKey ? 'extend' : event.ctrlKey || event.metaKey ? 'toggle' : 'only', index)
  }, [])
  const onToggle = useCallback((index: number) => latest.current.onSelect('toggle', index), [])
  const onOpen = useCallback((entry: Entry) => latest.current.onOpen(entry), [])
  const onPoint = useCallback((entry: Entry) => latest.current.onPoint(entry), [])
  const onDragStart = useCallback((event: DragEvent, entry: Entry) => latest.current.onDragStart(event, entry), [])

  return (
    <div
      ref={scroll}
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-multiselectable
      aria-busy={props.isStale}
      tabIndex={0}
      aria-activedescendant={at === undefined || at < first || at > last ? undefined : `${id}-${at}`}
      className="hf-entries"
      data-compact={isCompact || undefined}
      data-kind={withKind || undefined}
      data-choosing={isCompact || selection.paths.size > 1 || undefined}
      onKeyDown={onKeyDown}
    >
      <Head {...props} />
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {items.map(({ index, start }) => {
          const entry = pages.entry(index)
          return (
            <EntryRow
              key={index}
              id={`${id}-${index}`}
              index={index}
              start={start - HEAD}
              entry={entry}
              isSelected={entry !== undefined && selection.paths.has(entry.path)}
              isActive={index === at}
              isCompact={isCompact}
              withKind={withKind}
              now={now}
              onClick={onClick}
              onToggle={onToggle}
              onOpen={onOpen}
              onPoint={onPoint}
              onDragStart={onDragStart}
            />
          )
        })}
      </div>
    </div>
  )
}

function Head({ order, onOrder, isCompact, withKind, sinceWords }: EntryTableProps) {
  const sortable = (by: SortOrder['by'], title: string, className?: string) => {
    const isSorted = order.by === by
    const Chevron = order.descending ? IconChevronDown : IconChevronUp
    return (
      <span
        role="columnheader"
        className={className}
        aria-sort={isSorted ? (order.descending ? 'descending' : 'ascending') : 'none'}
      >
        <button type="button" onClick={() => onOrder({ by, descending: isSorted ? !order.descending : by !== 'name' })}>
          {title}
          {isSorted && <Chevron size={12} stroke={2.2} aria-hidden />}
        </button>
      </span>
    )
  }
  return (
    <div role="row" aria-rowindex={1} className="hf-entries-head">
      {sortable('name', t('common.name'), 'hf-entry-name')}
      {sortable('size', t('snapshots.size'), 'hf-entry-size')}
      {!isCompact && (
        <>
          {sortable('modified', t('snapshots.modified'))}
          {withKind && <span role="columnheader">{t('snapshots.kind')}</span>}
          <span role="columnheader">{sinceWords}</span>
        </>
      )}
    </div>
  )
}
