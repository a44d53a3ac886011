import { useEffect, useRef } from 'react'
import type { Entry } from '../../../src-shared/model/entry.ts'

/** So that an arrow key that is held down does not ask for every folder it passes. */
const PAUSE_MS = 50

/** A folder that was chosen is probably opened next: the second click of a double click finds it on its way. */
export function usePreparedFolder(chosen: Entry | undefined, prepare: (path: string) => void): void {
  const latest = useRef(prepare)
  latest.current = prepare
  const path = chosen?.kind === 'directory' ? chosen.path : undefined
  useEffect(() => {
    if (path === undefined) return
    const timer = setTimeout(() => latest.current(path), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [path])
}
