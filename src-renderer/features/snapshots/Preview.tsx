import { Skeleton } from '@mantine/core'
import { useMemo } from 'react'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { diffLines, splitLines } from '../../ui/diff/line-diff.ts'
import type { Piece } from '../../ui/diff/word-diff.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { insideOf, isPdf, isPicture, mediaOf } from '../../ui/entry-look.ts'
import { formatBytes } from '../../ui/format.ts'
import { ArchivePreview } from './ArchivePreview.tsx'
import { DatabasePreview } from './DatabasePreview.tsx'
import { hexLines } from './hex-lines.ts'
import { TextLines } from './TextLines.tsx'
import './inside.css'

export interface PreviewProps {
  readonly entry: Entry
  /** The first snapshot of this version: the same while time moves within it, so that nothing is read again. */
  readonly snapshotId: SnapshotId
  /** The version before it, whose differences are marked. */
  readonly previousId: SnapshotId | undefined
}

/** Larger text than this is not read for a glance. */
const LIMIT_BYTES = 262_144

/** What is in a file: its picture, its text with what changed marked, or its bytes. */
export function Preview(props: PreviewProps) {
  const { entry } = props
  if (entry.kind !== 'file' && entry.kind !== 'hardlink') return null
  if (entry.sizeBytes === 0) return <p className="hf-sm hf-3 hf-preview-note">{t('snapshots.emptyFile')}</p>
  if (isPicture(entry.kind, entry.name)) return <Picture {...props} />
  if (isPdf(entry.kind, entry.name)) return <Pdf {...props} />
  const media = mediaOf(entry.kind, entry.name)
  if (media !== undefined) return <Media {...props} media={media} />
  const inside = insideOf(entry.kind, entry.name)
  if (inside === 'archive') return <ArchivePreview {...props} otherwise={<Text {...props} />} />
  if (inside === 'database') return <DatabasePreview {...props} otherwise={<Text {...props} />} />
  return <Text {...props} />
}

function useContentUrl({ entry, snapshotId }: PreviewProps) {
  return useQuery(['content', snapshotId, entry.path], (client, signal) =>
    client.snapshots.contentUrl({ id: snapshotId, path: entry.path, as: 'inline' }, { signal }),
  )
}

function Picture(props: PreviewProps) {
  const url = useContentUrl(props)
  if (url.state === 'failed') return <ErrorState failure={url.failure} onRetry={url.reload} />
  return (
    <div className="hf-sunken hf-picture">
      {url.state === 'ready' && <img src={url.value} alt={props.entry.name} decoding="async" />}
    </div>
  )
}

function Pdf(props: PreviewProps) {
  const url = useContentUrl(props)
  if (!navigator.pdfViewerEnabled) return <p className="hf-sm hf-3 hf-preview-note">{t('snapshots.noPdfViewer')}</p>
  if (url.state === 'failed') return <ErrorState failure={url.failure} onRetry={url.reload} />
  if (url.state === 'loading') return <Skeleton h={160} mx={16} className="hf-late" w="auto" />
  // Not in a sandbox, where no browser shows a PDF; its viewer has no part in this page (content-policy.ts).
  return (
    <iframe className="hf-sunken hf-pdf" title={t('snapshots.previewOf', { name: props.entry.name })} src={url.value} />
  )
}

/** Read as it is played: a range at a time. */
function Media({ media, ...props }: PreviewProps & { readonly media: 'audio' | 'video' }) {
  const url = useContentUrl(props)
  if (url.state === 'failed') return <ErrorState failure={url.failure} onRetry={url.reload} />
  if (url.state === 'loading') return <Skeleton h={56} mx={16} className="hf-late" w="auto" />
  const label = t('snapshots.previewOf', { name: props.entry.name })
  return media === 'audio' ? (
    // biome-ignore lint/a11y/useMediaCaption: what is in a backup has no captions but its own
    <audio className="hf-media" controls preload="metadata" aria-label={label} src={url.value} />
  ) : (
    // biome-ignore lint/a11y/useMediaCaption: as above
    <video className="hf-media" controls preload="metadata" aria-label={label} src={url.value} />
  )
}

function Text({ entry, snapshotId, previousId }: PreviewProps) {
  const limit = { limitBytes: LIMIT_BYTES }
  const text = useQuery(['text', snapshotId, entry.path], (client, signal) =>
    client.snapshots.text({ id: snapshotId, path: entry.path, ...limit }, { signal }),
  )
  const content = text.state === 'ready' ? text.value : undefined
  const before = useQuery(
    ['text', previousId, entry.path],
    (client, signal) => client.snapshots.text({ id: previousId ?? snapshotId, path: entry.path, ...limit }, { signal }),
    { enabled: previousId !== undefined && content?.kind === 'text' && !content.truncated },
  )
  const previous =
    previousId !== undefined && before.state === 'ready' && before.value.kind === 'text' && !before.value.truncated
      ? before.value.text
      : undefined
  const { lines, first } = useMemo(() => linesOf(content, previous), [content, previous])
  if (text.state === 'failed') return <ErrorState failure={text.failure} onRetry={text.reload} />
  if (content === undefined) return <Skeleton h={112} mx={16} className="hf-late" w="auto" />
  return (
    <>
      <TextLines label={t('snapshots.contentOf', { name: entry.name })} lines={lines} first={first} />
      {content.truncated && (
        <p className="hf-xs hf-3 hf-preview-note">{t('snapshots.firstShown', { bytes: formatBytes(LIMIT_BYTES) })}</p>
      )}
    </>
  )
}

type Content = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'binary'; readonly hex: string }

function linesOf(
  content: Content | undefined,
  previous: string | undefined,
): { lines: readonly (readonly Piece[])[]; first: number } {
  if (content === undefined) return { lines: [], first: 0 }
  const plain = (lines: readonly string[]) => lines.map((text) => [{ text, isChanged: false }])
  if (content.kind === 'binary') return { lines: plain(hexLines(content.hex)), first: 0 }
  if (previous === undefined) return { lines: plain(splitLines(content.text)), first: 0 }
  const lines: (readonly Piece[])[] = []
  let first = -1
  for (const row of diffLines(previous, content.text).rows) {
    if (row.right === undefined) continue
    if (row.kind === 'change' && first === -1) first = lines.length
    const isNew = row.kind === 'change' && row.left === undefined
    lines.push(isNew ? row.right.pieces.map((piece) => ({ ...piece, isChanged: true })) : row.right.pieces)
  }
  // Two lines before the first change, so that it has something to stand in.
  return { lines, first: Math.max(0, first - 2) }
}
