import { Kbd } from '@mantine/core'
import { memo } from 'react'
import { t } from '../../i18n/translate.ts'
import { formatBytes, formatCount, formatCounted } from '../../ui/format.ts'

export interface StatusLineProps {
  readonly total: number
  readonly deleted: number
  readonly selected: number
  /** Known as long as all chosen rows are here. */
  readonly selectedBytes: number | undefined
  readonly isCompact: boolean
}

/** How much is in the folder and how much of it is chosen; and the keys that work here. */
export const StatusLine = memo(function StatusLine({
  total,
  deleted,
  selected,
  selectedBytes,
  isCompact,
}: StatusLineProps) {
  return (
    <div className="hf-status-line">
      <span className="hf-num">
        {deleted > 0
          ? t('snapshots.itemsDeleted', { items: formatCounted(total - deleted, 'item'), n: formatCount(deleted) })
          : formatCounted(total, 'item')}
      </span>
      {selected > 0 && (
        <span className="hf-num">
          {selectedBytes !== undefined && selectedBytes > 0
            ? t('snapshots.selectedBytes', { n: formatCount(selected), bytes: formatBytes(selectedBytes) })
            : t('snapshots.selected', { n: formatCount(selected) })}
        </span>
      )}
      <span className="hf-grow" />
      {!isCompact && (
        <>
          <span>
            <Kbd size="xs">r</Kbd> {t('snapshots.keyRestore')}
          </span>
          <span>
            <Kbd size="xs">d</Kbd> {t('snapshots.keyCompare')}
          </span>
          <span>
            <Kbd size="xs">?</Kbd> {t('snapshots.keyAll')}
          </span>
        </>
      )}
    </div>
  )
})
