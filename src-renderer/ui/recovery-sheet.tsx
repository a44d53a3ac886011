import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { lazy, Suspense } from 'react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { SkeletonRows } from './Skeletons.tsx'

// With its squares and its rules of proof it is not part of what every window loads.
const RecoverySheet = lazy(async () => ({ default: (await import('./RecoverySheet.tsx')).RecoverySheet }))

/** Opens the recovery sheet of a key: to print or save, and to prove that it can be read. */
export function showRecoverySheet(key: EncryptionKey): void {
  openSheet(key, false)
}

/** The same, until it is proven: nothing else can be done before. Returns how to take it away again. */
export function requireRecoverySheet(key: EncryptionKey): () => void {
  return openSheet(key, true)
}

function openSheet(key: EncryptionKey, isRequired: boolean): () => void {
  const id = `sheet-${key.id}`
  modals.open({
    modalId: id,
    title: t(isRequired ? 'keys.sheetFirst' : 'ui.sheetOf', { name: key.name }),
    size: 640,
    withCloseButton: !isRequired,
    closeOnEscape: !isRequired,
    closeOnClickOutside: !isRequired,
    children: (
      <Suspense fallback={<SkeletonRows />}>
        <RecoverySheet
          encryptionKey={key}
          isRequired={isRequired}
          onProven={() => {
            modals.close(id)
            notifications.show({ message: t('keys.proven') })
          }}
        />
      </Suspense>
    ),
  })
  return () => modals.close(id)
}
