import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useClient } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { CommandForm } from './CommandForm.tsx'
import { isTooShort, PassphraseField } from './PassphraseField.tsx'

/** Puts a key under another passphrase, or under none. */
export function changePassphrase(key: EncryptionKey): void {
  const id = modals.open({
    title: t('keys.changePassphraseOf', { name: key.name }),
    children: (
      <ChangePassphrase
        encryptionKey={key}
        onChanged={() => {
          modals.close(id)
          notifications.show({ message: t('keys.passphraseChanged') })
        }}
      />
    ),
  })
}

interface ChangePassphraseProps {
  readonly encryptionKey: EncryptionKey
  readonly onChanged: () => void
}

function ChangePassphrase({ encryptionKey: { id, hasPassphrase }, onChanged }: ChangePassphraseProps) {
  const client = useClient()
  const [passphrase, setPassphrase] = useState('')
  const change = useCommand(() => client.keys.changePassphrase(passphrase === '' ? { id } : { id, passphrase }), {
    done: onChanged,
  })
  const isNothing = passphrase === '' && !hasPassphrase
  return (
    <CommandForm
      command={change}
      submit={passphrase === '' && hasPassphrase ? t('keys.withoutPassphrase') : t('keys.changePassphrase')}
      isReady={!isNothing && !isTooShort(passphrase)}
    >
      <p className="hf-2">{t('keys.changeHelp')}</p>
      <PassphraseField
        label={t('keys.newPassphrase')}
        description={t('keys.newPassphraseHelp')}
        value={passphrase}
        onChange={setPassphrase}
      />
    </CommandForm>
  )
}
