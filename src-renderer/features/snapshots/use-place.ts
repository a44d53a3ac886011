import { useDebouncedCallback } from '@mantine/hooks'
import { useCallback, useEffect, useState } from 'react'
import { useSearchParams } from 'react-router'

export interface Place {
  /** Id of the chosen snapshot as the address says it; the newest when it names none. */
  readonly at: string | undefined
  readonly path: string | undefined
  readonly moveTo: (at: string) => void
  readonly open: (path: string) => void
}

/** The address follows the slider with a pause: a drag is hundreds of steps, and browsers stop counting at some point. */
const ADDRESS_PAUSE_MS = 300

/**
 * Where the explorer is: a point in time and a folder, both in the address, so that links, the back button and a reload
 * find the place. Opening a folder is a step to go back to; moving in time is not.
 */
export function usePlace(): Place {
  const [params, setParams] = useSearchParams()
  const inAddress = params.get('at') ?? undefined
  const [at, setAt] = useState(inAddress)
  useEffect(() => {
    if (inAddress !== undefined) setAt(inAddress)
  }, [inAddress])

  const write = useDebouncedCallback((next: string) => {
    setParams(
      (before) => {
        before.set('at', next)
        return before
      },
      { replace: true },
    )
  }, ADDRESS_PAUSE_MS)
  const moveTo = useCallback(
    (next: string) => {
      setAt(next)
      write(next)
    },
    [write],
  )
  const open = useCallback(
    (path: string) => {
      setParams((before) => {
        before.set('path', path)
        before.delete('entry')
        return before
      })
    },
    [setParams],
  )
  return { at, path: params.get('path') ?? undefined, moveTo, open }
}
