import { Button, Tooltip } from '@mantine/core'
import { IconHistory, IconTrash } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useRef } from 'react'
import { Link } from 'react-router'
import type { SearchHit } from '../../../src-shared/model/entry.ts'
import { lineageId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useRestoreActions } from '../../state/restore-draft.ts'
import { entryLook } from '../../ui/entry-look.ts'
import { formatAbsolute, formatBytes, formatCounted, formatDay } from '../../ui/format.ts'
import { parentPath } from '../../ui/snapshot-path.ts'
import { columnTime } from '../../ui/snapshot-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { highlight } from './highlight.ts'

const ROW = 44

export interface SearchHitsProps {
  readonly hits: readonly SearchHit[]
  readonly text: string
  readonly lineages: readonly Lineage[]
  readonly isOld: boolean
}

/** What was found: where it is, when it was last seen, and the way to it. */
export function SearchHits({ hits, text, lineages, isOld }: SearchHitsProps) {
  const scroll = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: hits.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <section ref={scroll} className="hf-hits" aria-label={t('search.results')} aria-busy={isOld} tabIndex={0}>
      <ul style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const hit = hits[index]
          return (
            hit !== undefined && (
              <li
                key={`${hit.lineageId} ${hit.entry.path}`}
                className="hf-hit"
                style={{ transform: `translateY(${start}px)` }}
              >
                <Hit hit={hit} text={text} title={lineages.find(({ id }) => id === hit.lineageId)?.title ?? ''} />
              </li>
            )
          )
        })}
      </ul>
    </section>
  )
}

function Hit({ hit, text, title }: { readonly hit: SearchHit; readonly text: string; readonly title: string }) {
  const now = useNow()
  const restore = useRestoreActions()
  const { entry } = hit
  const { icon: Icon } = entryLook(entry.kind, entry.name)
  const name = displayPath(entry.name)
  const open = new URLSearchParams({ at: hit.lastSnapshotId, path: parentPath(entry.path), entry: entry.path })
  return (
    <>
      <Icon size={16} stroke={1.75} className="hf-hit-icon" data-deleted={hit.deleted || undefined} aria-hidden />
      <Link to={`/snapshots/${hit.lineageId}?${open}`} className="hf-hit-name" title={displayPath(entry.path)}>
        <span className="hf-ell hf-med">
          {highlight(name, text).map((piece, at) =>
            piece.isHit ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a name have no other name
              <mark key={at}>{piece.text}</mark>
            ) : (
              piece.text
            ),
          )}
        </span>
        <span className="hf-mono hf-3 hf-ell">{displayPath(parentPath(entry.path))}</span>
      </Link>
      <span className="hf-hit-source hf-ell hf-2 hf-sm">{title}</span>
      <span className="hf-hit-size hf-num">{entry.kind === 'directory' ? '' : formatBytes(entry.sizeBytes)}</span>
      <span className="hf-sm hf-2 hf-num hf-hit-versions">{formatCounted(hit.versions, 'version')}</span>
      {hit.deleted ? (
        <span className="hf-hit-seen hf-sm hf-2" title={t('search.lastSeen', { when: formatAbsolute(hit.lastAt) })}>
          <IconTrash size={14} stroke={1.9} aria-hidden />
          {t('search.deletedSeen', { when: formatDay(hit.lastAt, now) })}
        </span>
      ) : (
        <span
          className="hf-hit-seen hf-sm hf-2 hf-num"
          title={t('search.modifiedTitle', { when: formatAbsolute(entry.modifiedAt) })}
        >
          {t('search.modified', { when: columnTime(entry.modifiedAt, now) })}
        </span>
      )}
      <Tooltip label={hit.deleted ? t('search.restoreLast') : t('search.restoreNewest')}>
        <Button
          leftSection={<IconHistory size={16} stroke={1.75} aria-hidden />}
          aria-label={t('search.restoreThis', { name })}
          onClick={() =>
            restore.open({
              lineageId: lineageId.parse(hit.lineageId),
              snapshotId: hit.lastSnapshotId,
              paths: [entry.path],
            })
          }
        >
          {t('common.restore')}
        </Button>
      </Tooltip>
    </>
  )
}
