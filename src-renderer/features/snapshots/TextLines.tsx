import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import type { Piece } from '../../ui/diff/word-diff.ts'

const LINE = 16

export interface TextLinesProps {
  readonly label: string
  /** Each line in pieces; changed ones are marked. */
  readonly lines: readonly (readonly Piece[])[]
  /** The line to begin with. */
  readonly first?: number
}

/** Text of any length in mono, of which only what is in view exists. */
export function TextLines({ label, lines, first = 0 }: TextLinesProps) {
  const scroll = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => LINE,
    overscan: 30,
  })
  useEffect(() => {
    if (lines.length > 0) virtual.scrollToIndex(Math.min(first, lines.length - 1), { align: 'start' })
  }, [lines, first, virtual])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
    <section ref={scroll} aria-label={label} className="hf-sunken hf-text-lines" tabIndex={0}>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <p key={index} style={{ transform: `translateY(${start}px)` }}>
            {lines[index]?.map((piece, at) =>
              piece.isChanged ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a line have no other name
                <mark key={at} className="hf-added-word">
                  {piece.text}
                </mark>
              ) : (
                piece.text
              ),
            )}
          </p>
        ))}
      </div>
    </section>
  )
}
