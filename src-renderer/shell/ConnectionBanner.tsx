import { Button } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useApp, useConnection } from '../state/use-app.tsx'

/** A short break is mended before anybody needs to know. */
const PATIENCE_MS = 1500

/** Says calmly that the window has lost the app, and that nothing else has. */
export function ConnectionBanner() {
  const { connection } = useApp()
  const { state } = useConnection()
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (state === 'connected') return setLate(false)
    const timer = setTimeout(() => setLate(true), PATIENCE_MS)
    return () => clearTimeout(timer)
  }, [state])
  return (
    <div role="status">
      {late && state !== 'connected' && (
        <div className="hf-banner">
          <IconPlugConnectedX size={16} stroke={2} className="hf-warn" aria-hidden />
          <span className="hf-grow">
            <span className="hf-med">
              {state === 'connecting' ? 'Holdfast has not answered yet.' : 'The connection to Holdfast is lost.'}
            </span>{' '}
            This window connects again by itself; what you see may be old.
          </span>
          <Button size="compact-sm" onClick={connection.retry}>
            Try now
          </Button>
        </div>
      )}
    </div>
  )
}
