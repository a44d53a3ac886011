import { Select, Skeleton, Table } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { type DatabaseCell, type DatabaseInside, shownTables } from '../../../src-shared/model/file-inside.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatBytes, formatCount, formatCounted } from '../../ui/format.ts'
import type { PreviewProps } from './Preview.tsx'

interface DatabasePreviewProps extends PreviewProps {
  /** Shown below for what is no database. */
  readonly otherwise: ReactNode
}

type ReadState = Extract<DatabaseInside, { state: 'read' }>

/** The tables of a SQLite database, and the first rows of one. */
export function DatabasePreview({ entry, snapshotId, otherwise }: DatabasePreviewProps) {
  const [chosen, setChosen] = useState<string>()
  const query = useQuery(
    ['database-inside', snapshotId, entry.path, chosen],
    (client, signal) =>
      client.snapshots.databaseInside(
        { id: snapshotId, path: entry.path, ...(chosen === undefined ? {} : { table: chosen }) },
        { signal },
      ),
    { keep: true },
  )
  if (query.state === 'failed') return <ErrorState failure={query.failure} onRetry={query.reload} />
  if (query.state === 'loading') return <Skeleton h={160} mx={16} className="hf-late" w="auto" />
  const inside = query.value
  if (inside.state === 'unreadable') {
    return (
      <>
        <p className="hf-sm hf-2 hf-inside-note">{unreadableWords(inside.reason)}</p>
        {otherwise}
      </>
    )
  }
  const { tables, shown, moreTables } = inside
  if (tables.length === 0) return <p className="hf-sm hf-3 hf-preview-note">{t('snapshots.noTables')}</p>
  return (
    <>
      <Select
        className="hf-inside-choice"
        size="xs"
        aria-label={t('snapshots.tables')}
        allowDeselect={false}
        value={shown?.name ?? null}
        data={tables.map((table) => ({
          value: table.name,
          label: tableWords(table),
          disabled: table.kind !== 'table',
        }))}
        onChange={(name) => setChosen(name ?? undefined)}
      />
      {moreTables && (
        <p className="hf-xs hf-2 hf-preview-note">{t('snapshots.moreTables', { n: formatCount(shownTables) })}</p>
      )}
      {shown === undefined ? (
        <p className="hf-sm hf-3 hf-preview-note">{t('snapshots.noTableShown')}</p>
      ) : (
        <Rows key={shown.name} shown={shown} all={tables.find(({ name }) => name === shown.name)?.rows} />
      )}
    </>
  )
}

interface RowsProps {
  readonly shown: NonNullable<ReadState['shown']>
  readonly all: ReadState['tables'][number]['rows']
}

function Rows({ shown, all }: RowsProps) {
  const { name, columns, rows } = shown
  const numbers = columns.map((_, at) => isOfNumbers(rows, at))
  const notes = [
    ...(shown.damaged ? [t('snapshots.rowsEnd')] : []),
    ...(!shown.damaged && all !== undefined && all.count > rows.length
      ? [t('snapshots.firstRows', { n: formatCount(rows.length) })]
      : []),
    ...(shown.moreColumns ? [t('snapshots.firstColumns', { n: formatCount(columns.length) })] : []),
  ]
  return (
    <>
      {rows.length === 0 && !shown.damaged && <p className="hf-sm hf-3 hf-preview-note">{t('snapshots.emptyTable')}</p>}
      <section
        className="hf-sunken hf-inside"
        aria-label={t('snapshots.rowsOf', { name })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <Table stickyHeader>
          <Table.Thead>
            <Table.Tr>
              {columns.map((column, at) => (
                <Table.Th key={column} ta={numbers[at] === true ? 'right' : 'left'}>
                  {column}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a snapshot have no name and never change
              <Table.Tr key={index}>
                {row.map((cell, column) => (
                  <Cell key={columns[column] ?? column} cell={cell} isNumber={numbers[column] === true} />
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {notes.length > 0 && <p className="hf-xs hf-2 hf-preview-note">{notes.join(' ')}</p>}
    </>
  )
}

/** Such a column is aligned by its last digits, and so is its head. */
function isOfNumbers(rows: RowsProps['shown']['rows'], column: number): boolean {
  const kinds = new Set(rows.map((row) => row[column]?.kind))
  kinds.delete('null')
  return kinds.size > 0 && [...kinds].every((kind) => kind === 'number' || kind === 'blob')
}

function Cell({ cell, isNumber }: { readonly cell: DatabaseCell; readonly isNumber: boolean }) {
  const align = isNumber ? 'right' : 'left'
  switch (cell.kind) {
    case 'null':
      return (
        <Table.Td className="hf-3" ta={align}>
          –
        </Table.Td>
      )
    case 'blob':
      return (
        <Table.Td className="hf-3 hf-num" ta={align}>
          {formatBytes(cell.sizeBytes)}
        </Table.Td>
      )
    case 'number':
      return (
        <Table.Td className="hf-num" ta={align}>
          {cell.text}
        </Table.Td>
      )
    case 'text': {
      const text = cell.cut ? `${cell.text}…` : cell.text
      return (
        <Table.Td title={text}>
          <span className="hf-ell">{text}</span>
        </Table.Td>
      )
    }
  }
}

function tableWords({ name, kind, rows }: ReadState['tables'][number]): string {
  if (kind === 'view') return t('snapshots.tableView', { name })
  if (kind === 'virtual') return t('snapshots.tableVirtual', { name })
  if (rows === undefined) return name
  const words = { name, rows: formatCounted(rows.count, 'row') }
  return rows.more ? t('snapshots.tableRowsMore', words) : t('snapshots.tableRows', words)
}

function unreadableWords(reason: Extract<DatabaseInside, { state: 'unreadable' }>['reason']): string {
  switch (reason) {
    case 'foreign':
      return t('snapshots.noDatabase')
    case 'damaged':
      return t('snapshots.databaseDamaged')
    case 'too-large':
      return t('snapshots.databaseLarge')
    case 'too-slow':
      return t('snapshots.databaseSlow')
  }
}
