import { Button } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { changePassphrase } from './ChangePassphrase.tsx'
import { formatDate } from './format.ts'
import { showRecoverySheet } from './recovery-sheet.tsx'
import { useNow } from './use-now.ts'

/** A key with its fingerprint and whether its recovery sheet was saved. */
export function KeyRow({ encryptionKey: key }: { readonly encryptionKey: EncryptionKey }) {
  const now = useNow()
  return (
    <div className="hf-row" style={{ padding: '12px 16px', gap: 12 }}>
      <IconKey size={16} stroke={1.75} className="hf-3" aria-hidden />
      <div className="hf-grow" style={{ minWidth: 0 }}>
        <div className="hf-med" style={{ overflowWrap: 'anywhere' }}>
          {key.name} <span className="hf-mono hf-3">{key.fingerprint}</span>
        </div>
        <div className={`hf-sm ${key.sheetSavedAt === undefined ? 'hf-warn' : 'hf-2'}`}>
          {key.sheetSavedAt === undefined
            ? t('ui.sheetNotSaved')
            : t('ui.sheetSaved', { date: formatDate(key.sheetSavedAt, now) })}{' '}
          {key.hasPassphrase
            ? t('ui.keyMadeWithPassphrase', { date: formatDate(key.createdAt, now) })
            : t('ui.keyMade', { date: formatDate(key.createdAt, now) })}
        </div>
      </div>
      <Button onClick={() => changePassphrase(key)}>{t('keys.changePassphrase')}</Button>
      <Button onClick={() => showRecoverySheet(key)}>{t('ui.recoverySheet')}</Button>
    </div>
  )
}
