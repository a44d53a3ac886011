import { Button, PasswordInput, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { EncryptionKey } from '../../src-shared/contract/keys.ts'
import { t } from '../i18n/translate.ts'
import { useClient } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { showRecoverySheet } from './RecoverySheet.tsx'

const SHORTEST_PASSPHRASE = 5

/** Makes an encryption key and shows its recovery sheet at once. */
export function createKey(suggestedName: string, onCreated: (key: EncryptionKey) => void): void {
  const id = modals.open({
    title: <span className="hf-h4">{t('ui.newEncryptionKey')}</span>,
    children: (
      <NewKey
        suggestedName={suggestedName}
        onCreated={(key) => {
          modals.close(id)
          onCreated(key)
          showRecoverySheet(key)
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
  const isShort = passphrase !== '' && passphrase.length < SHORTEST_PASSPHRASE
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!isShort && name.trim() !== '') void create.run()
      }}
      style={{ display: 'flex', flexDirection: 'column', gap: 12 }}
    >
      <p className="hf-2">{t('ui.newKeyHelp')}</p>
      <TextInput
        label={t('common.name')}
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('ui.passphrase')}
        description={t('ui.passphraseHelp')}
        value={passphrase}
        error={isShort ? t('ui.tooShort', { n: SHORTEST_PASSPHRASE }) : undefined}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
      <Button type="submit" variant="filled" loading={create.busy} style={{ alignSelf: 'flex-end' }}>
        {t('ui.createKey')}
      </Button>
    </form>
  )
}
