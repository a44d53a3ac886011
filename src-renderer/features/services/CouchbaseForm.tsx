import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

type CouchbaseConfig = Extract<ServerConfig, { kind: 'couchbase' }>

/** Which folder of vbuckets is served, as which bucket, to whom. */
export function CouchbaseForm({ config }: { readonly config: CouchbaseConfig }) {
  const client = useClient()
  const [folder, setFolder] = useState(config.folder)
  const [bucket, setBucket] = useState(config.bucket)
  const [user, setUser] = useState(config.user)
  const [password, setPassword] = useState('')
  const save = useCommand(
    () =>
      client.servers.configure({
        config: { ...config, folder, bucket, user },
        ...(password === '' ? {} : { secrets: { password } }),
      }),
    { done: () => setPassword('') },
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
        label="Folder with the bucket"
        description="A restored bucket: one folder a vbucket."
        classNames={{ input: 'hf-mono' }}
        value={folder}
        onChange={(event) => setFolder(event.currentTarget.value)}
      />
      <TextInput label="Bucket" value={bucket} onChange={(event) => setBucket(event.currentTarget.value)} />
      <TextInput label="User" value={user} onChange={(event) => setUser(event.currentTarget.value)} />
      <PasswordInput
        label="Password"
        description="Empty keeps the one there is."
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Button type="submit" loading={save.busy} style={{ justifySelf: 'start' }}>
        Save
      </Button>
    </form>
  )
}
