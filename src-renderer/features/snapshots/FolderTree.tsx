// biome-ignore-all lint/a11y/useSemanticElements: rows of a virtualised grid are placed, which a <table> forbids
// biome-ignore-all lint/a11y/useFocusableInteractive: the container holds the focus and names the active row
// biome-ignore-all lint/a11y/useKeyWithClickEvents: the container holds the focus and the keys

import { IconChevronDown, IconChevronRight, IconFolder, IconFolderOpen } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, memo, useEffect, useId, useRef, useState } from 'react'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { revealRow } from '../../ui/reveal-row.ts'
import { treeMove } from '../../ui/tree-move.ts'
import type { TreeRow } from './use-folder-tree.ts'

const ROW = 28

export interface FolderTreeProps {
  readonly rows: readonly TreeRow[]
  readonly openPath: string
  readonly onOpen: (path: string) => void
  readonly onExpand: (path: string, expand: boolean) => void
}

/** The folders of the snapshot. Keeps what is expanded while time moves. */
export const FolderTree = memo(function FolderTree({ rows, openPath, onOpen, onExpand }: FolderTreeProps) {
  const scroll = useRef<HTMLDivElement>(null)
  const id = useId()
  const [active, setActive] = useState(openPath)
  useEffect(() => setActive(openPath), [openPath])
  const at = rows.findIndex((row) => row.path === active)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 20,
    paddingStart: 8,
    paddingEnd: 8,
  })
  useEffect(() => {
    if (at !== -1) revealRow(virtual, at)
  }, [at, virtual])

  const onKeyDown = (event: KeyboardEvent) => {
    const move = treeMove(event.key, at, rows, rows[at]?.hasFolders !== false)
    if (move === undefined) return
    if (move.kind === 'to') setActive(rows[move.index]?.path ?? active)
    else if (move.kind === 'expand') onExpand(active, move.expand)
    else onOpen(active)
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      ref={scroll}
      role="tree"
      aria-label={t('snapshots.folders')}
      className="hf-tree"
      tabIndex={0}
      aria-activedescendant={at === -1 ? undefined : `${id}-${at}`}
      onKeyDown={onKeyDown}
    >
      <div role="none" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index]
          if (row === undefined) return null
          const isOpen = row.path === openPath
          const Folder = isOpen ? IconFolderOpen : IconFolder
          const Chevron = row.isExpanded ? IconChevronDown : IconChevronRight
          return (
            <div
              key={row.path}
              id={`${id}-${index}`}
              role="treeitem"
              aria-level={row.depth + 1}
              aria-selected={isOpen}
              aria-expanded={row.hasFolders === false ? undefined : row.isExpanded}
              className="hf-tree-row"
              data-ghost={row.isGhost || undefined}
              data-active={row.path === active || undefined}
              style={{ transform: `translateY(${start}px)`, paddingLeft: 4 + row.depth * 16 }}
              onClick={() => onOpen(row.path)}
              onDoubleClick={() => onExpand(row.path, !row.isExpanded)}
            >
              <span
                role="none"
                className="hf-tree-chevron"
                onClick={(event) => {
                  event.stopPropagation()
                  onExpand(row.path, !row.isExpanded)
                }}
              >
                {row.hasFolders !== false && <Chevron size={14} stroke={1.9} aria-hidden />}
              </span>
              <Folder size={16} stroke={1.75} aria-hidden className={isOpen ? 'hf-accent' : 'hf-file-icon'} />
              <span className={isOpen ? 'hf-ell hf-med' : 'hf-ell'} title={displayPath(row.name)}>
                {displayPath(row.name)}
                {row.isGhost && <span className="hf-sr">{t('snapshots.treeDeleted')}</span>}
              </span>
            </div>
          )
        })}
      </div>
    </div>
  )
})
