import { Button } from '@mantine/core'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { t } from '../i18n/translate.ts'
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
              {state === 'connecting' ? t('shell.notAnswered') : t('shell.connectionLost')}
            </span>{' '}
            {t('shell.connectsAgain')}
          </span>
          <Button size="compact-sm" onClick={connection.retry}>
            {t('shell.tryNow')}
          </Button>
        </div>
      )}
    </div>
  )
}
