// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtualised tree are placed, which a list forbids
// biome-ignore-all lint/a11y/useFocusableInteractive: the tree holds the focus and names the active row
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the tree holds the focus and the keys

import { Kbd } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import type { Difference } from '../../../src-shared/contract/snapshots.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { entryLook } from '../../ui/entry-look.ts'
import { formatBytes, formatBytesDelta, formatCounted } from '../../ui/format.ts'
import { treeMove } from '../../ui/tree-move.ts'
import { changeLooks } from './change-looks.ts'
import { type DifferenceRow, differenceBytes, folderMark } from './difference-rows.ts'

export interface DifferenceTreeProps {
  readonly rows: readonly DifferenceRow[]
  readonly openPath: string | undefined
  readonly onOpen: (difference: Difference) => void
  readonly onExpand: (path: string, expand: boolean) => void
}

const ROW = 28

/** What differs, as a tree: mark, word and bytes on every line. */
export function DifferenceTree({ rows, openPath, onOpen, onExpand }: DifferenceTreeProps) {
  const scroll = useRef<HTMLDivElement>(null)
  const id = useId()
  const [active, setActive] = useState(openPath)
  useEffect(() => {
    if (openPath !== undefined) setActive(openPath)
  }, [openPath])
  const at = rows.findIndex((row) => row.difference.path === active)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 20,
    paddingStart: 8,
    paddingEnd: 8,
  })
  useEffect(() => {
    if (at !== -1) virtual.scrollToIndex(at)
  }, [at, virtual])

  const act = (difference: Difference, isExpanded: boolean) => {
    setActive(difference.path)
    if (difference.kind === 'directory') onExpand(difference.path, !isExpanded)
    else onOpen(difference)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at]
    const move = treeMove(event.key, at, rows, row?.difference.kind === 'directory')
    if (move === undefined) return
    if (move.kind === 'to') setActive(rows[move.index]?.difference.path ?? active)
    else if (row !== undefined && move.kind === 'expand') onExpand(row.difference.path, move.expand)
    else if (row !== undefined) act(row.difference, row.isExpanded)
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="hf-diff-tree-pane">
      <div
        ref={scroll}
        role="tree"
        aria-label={t('compare.differences')}
        className="hf-diff-tree"
        tabIndex={0}
        aria-activedescendant={at === -1 ? undefined : `${id}-${at}`}
        onKeyDown={onKeyDown}
      >
        <div role="none" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            const { difference } = row
            return (
              <div
                key={difference.path}
                id={`${id}-${index}`}
                role="treeitem"
                aria-level={row.depth + 1}
                aria-selected={difference.path === openPath}
                aria-expanded={difference.kind === 'directory' ? row.isExpanded : undefined}
                className="hf-tree-row hf-diff-tree-row"
                data-gone={difference.change === 'removed' || undefined}
                data-active={difference.path === active || undefined}
                style={{ transform: `translateY(${start}px)`, paddingLeft: 4 + row.depth * 16 }}
                onClick={() => act(difference, row.isExpanded)}
              >
                <RowCells row={row} />
              </div>
            )
          })}
        </div>
      </div>
      <div className="hf-diff-keys" aria-hidden>
        <span>
          <Kbd size="xs">n</Kbd> {t('compare.nextChangeKey')}
        </span>
        <span>
          <Kbd size="xs">p</Kbd> {t('compare.previousKey')}
        </span>
        <span>
          <Kbd size="xs">r</Kbd> {t('compare.restoreLeftKey')}
        </span>
      </div>
    </div>
  )
}

function RowCells({ row }: { readonly row: DifferenceRow }) {
  const { difference } = row
  const isFolder = difference.kind === 'directory'
  const { icon: Icon } = entryLook(difference.kind, difference.name)
  const Chevron = row.isExpanded ? IconChevronDown : IconChevronRight
  const mark = isFolder ? (row.isExpanded ? undefined : folderMark(difference)) : difference.change
  const look = mark === undefined ? undefined : changeLooks[mark]
  const bytes = differenceBytes(difference)
  const isWhole = mark === 'added' || mark === 'removed'
  const { below } = difference
  const files = below === undefined ? 0 : below.added + below.changed + below.removed
  return (
    <>
      <span className="hf-diff-chevron">{isFolder && <Chevron size={14} stroke={1.9} aria-hidden />}</span>
      <Icon size={16} stroke={1.75} className="hf-diff-icon" aria-hidden />
      <span className="hf-ell hf-grow" title={displayPath(difference.path)}>
        {displayPath(difference.name)}
      </span>
      {isFolder && !row.isExpanded && files > 0 && (
        <span className="hf-diff-count">{formatCounted(files, 'file')}</span>
      )}
      <span className={`hf-diff-mark ${look?.tone ?? ''}`}>
        {look !== undefined && (
          <look.icon size={14} stroke={1.9} role="img" aria-label={t(look.word)} title={t(look.word)} />
        )}
      </span>
      <span className="hf-diff-size">
        {mark === 'metadata' || (mark === 'identical' && bytes === 0)
          ? t(changeLooks[mark].word)
          : isWhole
            ? formatBytes(Math.abs(bytes))
            : formatBytesDelta(bytes)}
      </span>
    </>
  )
}
