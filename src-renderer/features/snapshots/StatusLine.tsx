import { Kbd } from '@mantine/core'
import { formatBytes, formatCounted } from '../../ui/format.ts'

export interface StatusLineProps {
  readonly total: number
  readonly deleted: number
  readonly selected: number
  /** Known as long as all chosen rows are here. */
  readonly selectedBytes: number | undefined
  readonly isCompact: boolean
}

/** How much is in the folder and how much of it is chosen; and the keys that work here. */
export function StatusLine({ total, deleted, selected, selectedBytes, isCompact }: StatusLineProps) {
  return (
    <div className="hf-status-line">
      <span className="hf-num">
        {formatCounted(total - deleted, 'item')}
        {deleted > 0 && `, ${deleted} deleted`}
      </span>
      {selected > 0 && (
        <span className="hf-num">
          {selected.toLocaleString('en')} selected
          {selectedBytes !== undefined && selectedBytes > 0 && `, ${formatBytes(selectedBytes)}`}
        </span>
      )}
      <span className="hf-grow" />
      {!isCompact && (
        <>
          <span>
            <Kbd size="xs">r</Kbd> restore
          </span>
          <span>
            <Kbd size="xs">d</Kbd> compare
          </span>
          <span>
            <Kbd size="xs">?</Kbd> all keys
          </span>
        </>
      )}
    </div>
  )
}
