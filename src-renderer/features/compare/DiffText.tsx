import { IconArrowsVertical } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { t } from '../../i18n/translate.ts'
import { type DiffRow, foldSame, type Side } from '../../ui/diff/line-diff.ts'
import type { Piece } from '../../ui/diff/word-diff.ts'
import { formatCounted } from '../../ui/format.ts'

const LINE = 20
const FOLD = 28
const LONGEST_SHOWN = 1000

export interface DiffTextProps {
  readonly rows: readonly DiffRow[]
  readonly mode: 'side' | 'unified'
  /** Counts up or down with each wish for the next or the previous change. */
  readonly step: { readonly turn: number; readonly by: 1 | -1 }
}

type Line =
  | { readonly kind: 'row'; readonly at: number; readonly half?: 'left' | 'right' }
  | { readonly kind: 'fold'; readonly from: number; readonly to: number }

/** Two texts with what differs marked by sign, tint and word; long identical runs are folded. */
export function DiffText({ rows, mode, step }: DiffTextProps) {
  const scroll = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const lines = useMemo(() => linesOf(rows, mode, opened), [rows, mode, opened])
  const places = useMemo(() => placesOf(lines, rows), [lines, rows])
  const width = useMemo(() => widthOf(rows, mode), [rows, mode])
  const place = useRef(-1)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: (index) => (lines[index]?.kind === 'fold' ? FOLD : LINE),
    overscan: 30,
  })
  // The fold heights differ, so the places of rows change with every fold.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the lines are what changes
  useEffect(() => virtual.measure(), [lines, virtual])
  useEffect(() => {
    if (step.turn === 0 || places.length === 0) return
    place.current = Math.max(0, Math.min(places.length - 1, place.current + step.by))
    virtual.scrollToIndex(places[place.current] ?? 0, { align: 'center' })
  }, [step, places, virtual])

  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <section ref={scroll} className="hf-diff-text" aria-label={t('compare.differencesInText')} tabIndex={0}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative', minWidth: width }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index]
          if (line === undefined) return null
          const style = { transform: `translateY(${start}px)` }
          if (line.kind === 'fold') {
            return (
              <button
                key={index}
                type="button"
                className="hf-diff-fold"
                style={style}
                onClick={() => setOpened((before) => new Set(before).add(line.from))}
              >
                <IconArrowsVertical size={14} stroke={1.9} aria-hidden />
                {formatCounted(line.to - line.from, 'identicalLine')}
              </button>
            )
          }
          const row = rows[line.at]
          if (row === undefined) return null
          return (
            <div
              key={index}
              className={mode === 'side' ? 'hf-diff-line' : 'hf-diff-line hf-diff-unified'}
              style={style}
            >
              {mode === 'side' ? (
                <>
                  <Half side={row.left} kind={row.kind} of="left" />
                  <Half side={row.right} kind={row.kind} of="right" />
                </>
              ) : (
                <UnifiedLine row={row} half={line.half} />
              )}
            </div>
          )
        })}
      </div>
    </section>
  )
}

function linesOf(rows: readonly DiffRow[], mode: 'side' | 'unified', opened: ReadonlySet<number>): readonly Line[] {
  const folded = foldSame(rows, 3, opened)
  if (mode === 'side') return folded
  const lines: Line[] = []
  for (let at = 0; at < folded.length; ) {
    const line = folded[at]
    if (line?.kind !== 'row' || rows[line.at]?.kind === 'same') {
      if (line !== undefined) lines.push(line)
      at++
      continue
    }
    // All that went, then all that came: as every unified diff has it.
    const block: number[] = []
    for (let next = folded[at]; next?.kind === 'row' && rows[next.at]?.kind === 'change'; next = folded[++at]) {
      block.push(next.at)
    }
    for (const one of block) if (rows[one]?.left !== undefined) lines.push({ kind: 'row', at: one, half: 'left' })
    for (const one of block) if (rows[one]?.right !== undefined) lines.push({ kind: 'row', at: one, half: 'right' })
  }
  return lines
}

/** So wide that the longest line fits; a very long one is cut, as nobody reads it by scrolling. */
function widthOf(rows: readonly DiffRow[], mode: 'side' | 'unified'): string {
  const length = (side: Side | undefined) => side?.pieces.reduce((sum, { text }) => sum + text.length, 0) ?? 0
  const longest = rows.reduce((most, { left, right }) => Math.max(most, length(left), length(right)), 0)
  const columns = Math.min(longest, LONGEST_SHOWN) + 1
  return mode === 'side' ? `calc(120px + ${2 * columns}ch)` : `calc(100px + ${columns}ch)`
}

/** Where each run of changes begins. */
function placesOf(lines: readonly Line[], rows: readonly DiffRow[]): readonly number[] {
  const isChange = (line: Line | undefined) => line?.kind === 'row' && rows[line.at]?.kind === 'change'
  return lines.flatMap((line, at) => (isChange(line) && !isChange(lines[at - 1]) ? [at] : []))
}

interface HalfProps {
  readonly side: Side | undefined
  readonly kind: DiffRow['kind']
  readonly of: 'left' | 'right'
}

function Half({ side, kind, of }: HalfProps) {
  const tint = kind === 'same' ? undefined : of === 'left' ? 'del' : 'add'
  if (side === undefined) return <span className="hf-diff-filler" data-side={of} aria-hidden />
  return (
    <>
      <span className="hf-diff-number" data-tint={tint} data-side={of}>
        {side.line}
      </span>
      <span className="hf-diff-sign" data-tint={tint}>
        {tint === undefined ? '' : tint === 'del' ? '-' : '+'}
      </span>
      <span className="hf-diff-code" data-tint={tint}>
        <Pieces pieces={side.pieces} />
      </span>
    </>
  )
}

function UnifiedLine({ row, half }: { readonly row: DiffRow; readonly half: 'left' | 'right' | undefined }) {
  const tint = row.kind === 'same' ? undefined : half === 'left' ? 'del' : 'add'
  const side = half === 'left' ? row.left : row.right
  return (
    <>
      <span className="hf-diff-number" data-tint={tint}>
        {half === 'right' ? '' : row.left?.line}
      </span>
      <span className="hf-diff-number" data-tint={tint}>
        {half === 'left' ? '' : row.right?.line}
      </span>
      <span className="hf-diff-sign" data-tint={tint}>
        {tint === undefined ? '' : tint === 'del' ? '-' : '+'}
      </span>
      <span className="hf-diff-code" data-tint={tint}>
        <Pieces pieces={side?.pieces ?? []} />
      </span>
    </>
  )
}

function Pieces({ pieces }: { readonly pieces: readonly Piece[] }) {
  return pieces.map((piece, at) =>
    piece.isChanged ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other name
      <mark key={at}>{piece.text}</mark>
    ) : (
      piece.text
    ),
  )
}
