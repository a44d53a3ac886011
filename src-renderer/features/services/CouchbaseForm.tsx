import { Button, Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

type CouchbaseConfig = Extract<ServerConfig, { kind: 'couchbase' }>
type PathName = 'certificatePath' | 'keyPath' | 'clientAuthorityPath'

/** Which folder of vbuckets is served, as which bucket, to whom, with which certificate. */
export function CouchbaseForm({ config }: { readonly config: CouchbaseConfig }) {
  const client = useClient()
  const [draft, setDraft] = useState(config)
  const [password, setPassword] = useState('')
  const set = (part: Partial<CouchbaseConfig>) => setDraft((before) => ({ ...before, ...part }))
  const save = useCommand(
    () =>
      client.servers.configure({
        // Where it listens is another form's.
        config: { ...draft, listen: config.listen },
        ...(password === '' ? {} : { secrets: { password } }),
      }),
    { done: () => setPassword('') },
  )
  const text = (name: 'folder' | 'bucket' | 'user') => ({
    value: draft[name],
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) => set({ [name]: value }),
  })
  const file = (name: PathName) => ({
    classNames: { input: 'hf-mono' },
    value: draft[name] ?? '',
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) =>
      setDraft((before) => withPath(before, name, value)),
  })
  return (
    <form
      className="hf-server-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save.run()
      }}
    >
      <TextInput
        label={t('couchbase.servedFolder')}
        description={t('couchbase.servedFolderHint')}
        classNames={{ input: 'hf-mono' }}
        {...text('folder')}
      />
      <NumberInput
        label={t('couchbase.servedVbuckets')}
        description={t('couchbase.servedVbucketsHint')}
        min={1}
        max={65_536}
        value={draft.vbucketCount}
        onChange={(value) => set({ vbucketCount: Number(value) })}
      />
      <TextInput label={t('couchbase.bucket')} {...text('bucket')} />
      <TextInput label={t('couchbase.user')} {...text('user')} />
      <PasswordInput
        label={t('couchbase.password')}
        description={t('couchbase.passwordKept')}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <TextInput
        label={t('couchbase.servedCertificate')}
        description={t('couchbase.servedCertificateHint')}
        {...file('certificatePath')}
      />
      <TextInput label={t('couchbase.key')} {...file('keyPath')} />
      <TextInput
        label={t('couchbase.clientAuthority')}
        description={t('couchbase.clientAuthorityHint')}
        {...file('clientAuthorityPath')}
      />
      <Checkbox
        label={t('couchbase.alwaysSecure')}
        checked={draft.isAlwaysSecure}
        onChange={({ currentTarget: { checked } }) => set({ isAlwaysSecure: checked })}
      />
      <Button type="submit" loading={save.busy} style={{ justifySelf: 'start' }}>
        {t('couchbase.save')}
      </Button>
    </form>
  )
}

/** An empty path is none. */
function withPath(config: CouchbaseConfig, name: PathName, value: string): CouchbaseConfig {
  const { [name]: _, ...rest } = config
  return value === '' ? rest : { ...rest, [name]: value }
}
