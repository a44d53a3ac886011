import { useCallbackRef, useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

export interface Place {
  /** Id of the chosen snapshot as the address says it; the newest when it names none. */
  readonly at: string | undefined
  readonly path: string | undefined
  /** The same functions for as long as the screen is there. */
  readonly moveTo: (at: string) => void
  readonly open: (path: string) => void
}

/** The address follows the slider with a pause: a drag is hundreds of steps, and browsers stop counting at some point. */
const ADDRESS_PAUSE_MS = 300

/**
 * Where the explorer is: a point in time and a folder, both in the address, so that links, the back button and a reload
 * find the place. Opening a folder is a step to go back to; moving in time is not. Both are here before the router has drawn
 * everything that hangs on the address.
 */
export function usePlace(): Place {
  const [params, setParams] = useSearchParams()
  const inAddress = params.get('at') ?? undefined
  const [at, setAt] = useState(inAddress)
  useEffect(() => {
    if (inAddress !== undefined) setAt(inAddress)
  }, [inAddress])
  const pathInAddress = params.get('path') ?? undefined
  const [path, setPath] = useState(pathInAddress)
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the router's address changes, the browser's may be another already
  useEffect(() => setPath(pathInBrowser()), [pathInAddress])

  const write = useDebouncedCallback((next: string) => {
    setParams(
      (before) => {
        before.set('at', next)
        return before
      },
      { replace: true },
    )
  }, ADDRESS_PAUSE_MS)
  const moveTo = useCallbackRef((next: string) => {
    setAt(next)
    write(next)
  })
  const open = useCallbackRef((next: string) => {
    setPath(next)
    setParams((before) => {
      before.set('path', next)
      before.delete('entry')
      return before
    })
  })
  return { at, path, moveTo, open }
}

function pathInBrowser(): string | undefined {
  return new URLSearchParams(window.location.search).get('path') ?? undefined
}
