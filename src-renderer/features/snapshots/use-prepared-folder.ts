import { useCallbackRef, useDebouncedCallback } from '@mantine/hooks'
import { useEffect } from 'react'
import type { Entry } from '../../../src-shared/model/entry.ts'

/** So that an arrow key that is held down, or a pointer on its way, does not ask for every folder it passes. */
const PAUSE_MS = 50

/**
 * A folder that was chosen, or that the pointer rests on, is probably opened next: whoever opens it finds its first page on
 * the way. Returns what is to be told of the pointer.
 */
export function usePreparedFolder(
  chosen: Entry | undefined,
  prepare: (path: string) => void,
): (pointed: Entry) => void {
  const prepareSoon = useDebouncedCallback(prepare, PAUSE_MS)
  const path = chosen?.kind === 'directory' ? chosen.path : undefined
  useEffect(() => {
    if (path !== undefined) prepareSoon(path)
  }, [path, prepareSoon])
  return useCallbackRef((pointed) => {
    if (pointed.kind === 'directory') prepareSoon(pointed.path)
  })
}
