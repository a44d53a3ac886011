import { Skeleton, Table } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ArchivedEntry, ArchiveInside } from '../../../src-shared/model/file-inside.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { entryLook } from '../../ui/entry-look.ts'
import { formatBytes, formatCount } from '../../ui/format.ts'
import { nameOf, parentPath } from '../../ui/snapshot-path.ts'
import { columnTime, shortAbsolute } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import type { PreviewProps } from './Preview.tsx'

interface ArchivePreviewProps extends PreviewProps {
  /** Shown below for what is no archive. */
  readonly otherwise: ReactNode
}

/** The names in an archive, with sizes and times. */
export function ArchivePreview({ entry, snapshotId, otherwise }: ArchivePreviewProps) {
  const now = useNow()
  const query = useQuery(['archive-inside', snapshotId, entry.path], (client, signal) =>
    client.snapshots.archiveInside({ id: snapshotId, path: entry.path }, { signal }),
  )
  if (query.state === 'failed') return <ErrorState failure={query.failure} onRetry={query.reload} />
  if (query.state === 'loading') return <Skeleton h={160} mx={16} className="hf-late" w="auto" />
  const inside = query.value
  if (inside.state === 'unreadable') {
    return (
      <>
        <p className="hf-sm hf-2 hf-inside-note">
          {inside.reason === 'foreign' ? t('snapshots.noArchive') : t('snapshots.archiveDamaged')}
        </p>
        {otherwise}
      </>
    )
  }
  const note = noteOf(inside)
  if (inside.entries.length === 0) return <p className="hf-sm hf-3 hf-preview-note">{t('snapshots.emptyArchive')}</p>
  return (
    <>
      <section
        className="hf-sunken hf-inside hf-inside-archive"
        aria-label={t('snapshots.insideOf', { name: displayPath(entry.name) })}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        <Table stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('snapshots.path')}</Table.Th>
              <Table.Th ta="right">{t('snapshots.size')}</Table.Th>
              <Table.Th>{t('snapshots.modified')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {inside.entries.map((each, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: an archive may hold a name twice, and never changes
              <Row key={index} entry={each} now={now} />
            ))}
          </Table.Tbody>
        </Table>
      </section>
      {note !== undefined && <p className="hf-xs hf-2 hf-preview-note">{note}</p>}
    </>
  )
}

function Row({ entry, now }: { readonly entry: ArchivedEntry; readonly now: number }) {
  const { path, kind, sizeBytes, modifiedAt } = entry
  const name = path.replace(/\/$/, '')
  const look = kind === 'directory' ? 'directory' : kind === 'link' ? 'symlink' : 'file'
  const { icon: Icon } = entryLook(look, name)
  return (
    <Table.Tr>
      <Table.Td title={displayPath(path)}>
        <span className="hf-inside-name">
          <Icon size={14} stroke={1.75} className="hf-file-icon" aria-hidden />
          <span className="hf-ell">{nameOf(name)}</span>
          <span className="hf-ell hf-3">{displayPath(parentPath(name))}</span>
        </span>
      </Table.Td>
      <Table.Td ta="right" className="hf-num">
        {kind === 'file' ? formatBytes(sizeBytes) : ''}
      </Table.Td>
      {modifiedAt === undefined ? (
        <Table.Td />
      ) : (
        <Table.Td className="hf-num" title={shortAbsolute(modifiedAt)}>
          {columnTime(modifiedAt, now)}
        </Table.Td>
      )}
    </Table.Tr>
  )
}

function noteOf(inside: Extract<ArchiveInside, { state: 'listed' }>): string | undefined {
  if (inside.damaged) return t('snapshots.archiveEnds')
  if (!inside.more) return undefined
  const n = formatCount(inside.entries.length)
  return inside.total === undefined
    ? t('snapshots.firstEntries', { n })
    : t('snapshots.firstEntriesOf', { n, total: formatCount(inside.total) })
}
