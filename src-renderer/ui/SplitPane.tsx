import { Splitter } from '@mantine/core'
import type { ReactNode } from 'react'
import { useRemembered } from '../state/use-remembered.ts'
import { useIsNarrow } from './use-is-narrow.ts'

export interface SplitPaneProps {
  /** Names the width that is remembered. */
  readonly name: string
  /** Width of the fixed pane in pixels until somebody drags it. */
  readonly width: number
  readonly min?: number
  readonly max?: number
  /** Which pane keeps its width. */
  readonly fixed?: 'first' | 'second'
  readonly first: ReactNode
  readonly second: ReactNode
}

/** Two panes, one of a width that the person sets by mouse or arrow keys and finds again after a restart. */
export function SplitPane({ name, width, min = 200, max = 720, fixed = 'first', first, second }: SplitPaneProps) {
  const isNarrow = useIsNarrow()
  const [remembered, setPixels] = useRemembered(`width:${name}`, width)
  const pixels = isNarrow ? min : remembered
  const at = fixed === 'first' ? 0 : 1
  const fixedPane = { defaultSize: `${width}px`, min: `${min}px`, max: `${max}px` } as const
  const restPane = { defaultSize: 100, min: 20 } as const
  return (
    <Splitter
      className="hf-split"
      lineSize={1}
      withHandle={false}
      handleColor="var(--hf-border)"
      sizes={fixed === 'first' ? [`${pixels}px`, 100] : [100, `${pixels}px`]}
      onSizeChange={(sizes) => !isNarrow && setPixels(Math.round(Number.parseFloat(String(sizes[at]))))}
    >
      <Splitter.Pane {...(fixed === 'first' ? fixedPane : restPane)}>{first}</Splitter.Pane>
      <Splitter.Pane {...(fixed === 'second' ? fixedPane : restPane)}>{second}</Splitter.Pane>
    </Splitter>
  )
}
