import { modals } from '@mantine/modals'
import type { ReactNode } from 'react'
import { t } from '../i18n/translate.ts'

export interface Confirmation {
  readonly title: string
  /** Repeats the consequence, and says what is safe. */
  readonly children: ReactNode
  /** The verb with its object and its count: `Forget 12 snapshots`. */
  readonly confirm: string
  readonly isDanger?: boolean
}

/** One question before something that cannot be taken back. The focus starts on Cancel; red words, never a red fill. */
export function confirm({ title, children, confirm: verb, isDanger = true }: Confirmation): Promise<boolean> {
  return new Promise((resolve) => {
    modals.openConfirmModal({
      title,
      children,
      labels: { confirm: verb, cancel: t('common.cancel') },
      confirmProps: isDanger ? { variant: 'default', 'data-danger': true } : { variant: 'filled' },
      cancelProps: { 'data-autofocus': true },
      onConfirm: () => resolve(true),
      onCancel: () => resolve(false),
      onClose: () => resolve(false),
    })
  })
}
