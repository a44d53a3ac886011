import { useHotkeys } from '@mantine/hooks'
import { useRef } from 'react'

export interface ExplorerKeys {
  readonly onRestore: () => void
  readonly onCompare: () => void
  readonly onUp: () => void
  readonly onStep: (step: 1 | -1) => void
}

/** After `g` the next key names a screen (shell), so it is not ours. */
const CHORD_MS = 1200

/** The keys of the explorer that work wherever the focus is on its screen, outside of fields. */
export function useExplorerKeys({ onRestore, onCompare, onUp, onStep }: ExplorerKeys): void {
  const chordAt = useRef(0)
  const unlessChord = (action: () => void) => () => {
    if (Date.now() - chordAt.current > CHORD_MS) action()
  }
  useHotkeys([
    [
      'g',
      () => {
        chordAt.current = Date.now()
      },
      { preventDefault: false },
    ],
    ['r', unlessChord(onRestore)],
    ['d', unlessChord(onCompare)],
    ['Backspace', onUp],
    ['ArrowLeft', () => onStep(-1)],
    ['ArrowRight', () => onStep(1)],
  ])
}
