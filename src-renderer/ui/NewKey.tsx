import { TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useClient } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { CommandForm } from './CommandForm.tsx'
import { isTooShort, PassphraseField } from './PassphraseField.tsx'

/** Makes an encryption key. The shell asks for its recovery sheet right after. */
export function createKey(suggestedName: string, onCreated: (key: EncryptionKey) => void): void {
  const id = modals.open({
    title: t('ui.newEncryptionKey'),
    children: (
      <NewKey
        suggestedName={suggestedName}
        onCreated={(key) => {
          modals.close(id)
          onCreated(key)
        }}
      />
    ),
  })
}

interface NewKeyProps {
  readonly suggestedName: string
  readonly onCreated: (key: EncryptionKey) => void
}

function NewKey({ suggestedName, onCreated }: NewKeyProps) {
  const client = useClient()
  const [name, setName] = useState(suggestedName)
  const [passphrase, setPassphrase] = useState('')
  const create = useCommand(() => client.keys.create(passphrase === '' ? { name } : { name, passphrase }), {
    done: onCreated,
  })
  return (
    <CommandForm command={create} submit={t('ui.createKey')} isReady={name.trim() !== '' && !isTooShort(passphrase)}>
      <p className="hf-2">{t('ui.newKeyHelp')}</p>
      <TextInput
        label={t('common.name')}
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PassphraseField
        label={t('ui.passphrase')}
        description={t('ui.passphraseHelp')}
        value={passphrase}
        onChange={setPassphrase}
      />
    </CommandForm>
  )
}
