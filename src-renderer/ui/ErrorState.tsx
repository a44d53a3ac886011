import { Button } from '@mantine/core'
import { IconCloudOff, IconRefresh } from '@tabler/icons-react'
import { t } from '../i18n/translate.ts'
import type { Failure } from '../state/failure.ts'

export interface ErrorStateProps {
  readonly failure: Failure
  readonly onRetry?: (() => void) | undefined
}

/** The face of a view that could not be read: the sentence, the hint, the code, and a way to try again. */
export function ErrorState({ failure, onRetry }: ErrorStateProps) {
  return (
    <div role="alert" className="hf-error-state">
      <IconCloudOff size={20} stroke={1.6} aria-hidden className="hf-warn" />
      <div className="hf-grow" style={{ overflowWrap: 'anywhere' }}>
        <p className="hf-med">{failure.message}</p>
        {failure.hint !== undefined && <p className="hf-sm hf-2">{failure.hint}</p>}
        <p className="hf-mono hf-3">{failure.code}</p>
      </div>
      {onRetry !== undefined && (
        <Button leftSection={<IconRefresh size={16} aria-hidden />} onClick={onRetry}>
          {t('common.tryAgain')}
        </Button>
      )}
    </div>
  )
}
