import { Button } from '@mantine/core'
import { IconBug } from '@tabler/icons-react'
import { useRouteError } from 'react-router'
import { t } from '../i18n/translate.ts'
import { EmptyState } from '../ui/EmptyState.tsx'

/** A bug in one screen takes down that screen only. */
export function RouteFailure() {
  const error = useRouteError()
  return (
    <EmptyState
      icon={IconBug}
      title={t('shell.screenFailed')}
      actions={<Button onClick={() => window.location.reload()}>{t('shell.loadAgain')}</Button>}
    >
      {t('shell.backupsGoOn')}
      <span className="hf-mono" style={{ display: 'block', marginTop: 8 }}>
        {error instanceof Error ? error.message : String(error)}
      </span>
    </EmptyState>
  )
}
