import { Button, PasswordInput, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

/** Asks for a job server of another computer; it is known from then on. */
export function connectServer(onDone: (server: KnownJobServer) => void): void {
  const id = modals.open({
    title: t('fleet.connectTitle'),
    size: 520,
    children: (
      <ConnectForm
        onDone={(server) => {
          modals.close(id)
          onDone(server)
        }}
      />
    ),
  })
}

function ConnectForm({ onDone }: { readonly onDone: (server: KnownJobServer) => void }) {
  const client = useClient()
  const [address, setAddress] = useState('')
  const [name, setName] = useState('')
  const [token, setToken] = useState('')
  const [fingerprint, setFingerprint] = useState('')
  const add = useCommand(
    () =>
      client.jobServers.add({
        address: address.trim(),
        name: name.trim() === '' ? address.trim() : name.trim(),
        token: token.trim(),
        ...(fingerprint.trim() === '' ? {} : { fingerprint: fingerprint.trim() }),
      }),
    { done: onDone },
  )
  return (
    <form
      style={{ display: 'grid', gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        void add.run()
      }}
    >
      <TextInput
        label={t('fleet.address')}
        description={t('fleet.addressHelp')}
        placeholder="attic.example:9701"
        classNames={{ input: 'hf-mono' }}
        data-autofocus
        value={address}
        onChange={({ currentTarget: { value } }) => setAddress(value)}
      />
      <TextInput
        label={t('fleet.name')}
        description={t('fleet.nameHelp')}
        maxLength={100}
        value={name}
        onChange={({ currentTarget: { value } }) => setName(value)}
      />
      <PasswordInput
        label={t('fleet.token')}
        description={t('fleet.tokenHelp')}
        autoComplete="off"
        value={token}
        onChange={({ currentTarget: { value } }) => setToken(value)}
      />
      <TextInput
        label={t('services.fingerprint')}
        description={t('fleet.fingerprintHelp')}
        classNames={{ input: 'hf-mono' }}
        value={fingerprint}
        onChange={({ currentTarget: { value } }) => setFingerprint(value)}
      />
      <div className="hf-row" style={{ justifyContent: 'flex-end' }}>
        <Button
          type="submit"
          variant="filled"
          loading={add.busy}
          disabled={address.trim() === '' || token.trim() === ''}
        >
          {t('fleet.connect')}
        </Button>
      </div>
    </form>
  )
}
