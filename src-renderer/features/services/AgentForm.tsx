import { Button, NumberInput, PasswordInput, TagsInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

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
  const save = useCommand(
    () => {
      const { socket: _socket, user: _user, ...rest } = config
      return client.servers.configure({
        config: {
          ...rest,
          allow,
          maximumRuns: Number(runs),
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
    <form
      className="hf-server-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
    >
      <TextInput
        label="Socket of the database server"
        placeholder="/run/mysqld/mysqld.sock"
        classNames={{ input: 'hf-mono' }}
        value={socket}
        onChange={(event) => setSocket(event.currentTarget.value)}
      />
      <TextInput label="Database user" value={user} onChange={(event) => setUser(event.currentTarget.value)} />
      <PasswordInput
        label="Database password"
        description="Empty keeps the one there is."
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <PasswordInput
        label="Shared secret"
        description="Whoever asks for a backup proves that they know it. Empty keeps the one there is."
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
      />
      <TagsInput
        label="Only these addresses and networks"
        description="Such as 192.168.1.0/24; none is whoever knows the secret."
        value={allow}
        onChange={setAllow}
      />
      <NumberInput label="Backups at the same time" min={1} max={16} value={runs} onChange={setRuns} />
      <Button type="submit" loading={save.busy} style={{ justifySelf: 'start' }}>
        Save
      </Button>
    </form>
  )
}
