import { Checkbox, Input, NumberInput, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { ByteInput } from '../../ui/ByteInput.tsx'
import { KeptPassword, ServerForm } from './ServerForm.tsx'

type AgentConfig = Extract<ServerConfig, { kind: 'xtrabackup-agent' }>

/** Which database server the agent reads, and who may ask it to. */
export function AgentForm({ config }: { readonly config: AgentConfig }) {
  const client = useClient()
  const [socket, setSocket] = useState(config.socket ?? '')
  const [user, setUser] = useState(config.user ?? '')
  const [password, setPassword] = useState('')
  const [secret, setSecret] = useState('')
  const [allow, setAllow] = useState<string[]>([...config.allow])
  const [runs, setRuns] = useState<number | string>(config.maximumRuns)
  const [bytesPerSecond, setBytesPerSecond] = useState(config.bytesPerSecond)
  const [restoreFolder, setRestoreFolder] = useState(config.restoreFolder ?? '')
  const [keepsTimeouts, setKeepsTimeouts] = useState(config.keepsTimeouts ?? false)
  const save = useCommand(
    () => {
      const { socket: _socket, user: _user, bytesPerSecond: _bytes, restoreFolder: _folder, ...rest } = config
      return client.servers.configure({
        config: {
          ...rest,
          allow,
          maximumRuns: Number(runs),
          keepsTimeouts,
          ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
          ...(restoreFolder === '' ? {} : { restoreFolder }),
          ...(socket === '' ? {} : { socket }),
          ...(user === '' ? {} : { user }),
        },
        secrets: { ...(password === '' ? {} : { password }), ...(secret === '' ? {} : { secret }) },
      })
    },
    {
      done: () => {
        setPassword('')
        setSecret('')
      },
    },
  )
  return (
    <ServerForm save={save}>
      <TextInput
        label={t('services.socket')}
        placeholder="/run/mysqld/mysqld.sock"
        classNames={{ input: 'hf-mono' }}
        value={socket}
        onChange={(event) => setSocket(event.currentTarget.value)}
      />
      <TextInput
        label={t('services.databaseUser')}
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      <KeptPassword label={t('services.databasePassword')} value={password} onChange={setPassword} />
      <KeptPassword
        label={t('services.sharedSecret')}
        description={t('services.sharedSecretHelp')}
        value={secret}
        onChange={setSecret}
      />
      <TagsInput
        label={t('services.onlyAddresses')}
        description={t('services.onlyAddressesHelp')}
        value={allow}
        onChange={setAllow}
      />
      <NumberInput label={t('services.atTheSameTime')} min={1} max={16} value={runs} onChange={setRuns} />
      <Input.Wrapper labelElement="div" label={t('services.sendLimit')} description={t('services.sendLimitHelp')}>
        <div style={{ marginTop: 4 }}>
          <ByteInput
            label={t('services.sendLimit')}
            suffix="/s"
            value={bytesPerSecond}
            onChange={(bytes) => setBytesPerSecond(bytes)}
          />
        </div>
      </Input.Wrapper>
      <TextInput
        label={t('services.restoreFolder')}
        description={t('services.restoreFolderHelp')}
        classNames={{ input: 'hf-mono' }}
        value={restoreFolder}
        onChange={(event) => setRestoreFolder(event.currentTarget.value.trim())}
      />
      <Checkbox
        label={t('services.keepsTimeouts')}
        description={t('services.keepsTimeoutsHelp')}
        checked={keepsTimeouts}
        onChange={(event) => setKeepsTimeouts(event.currentTarget.checked)}
      />
    </ServerForm>
  )
}
