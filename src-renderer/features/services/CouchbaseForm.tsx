import { Button, Checkbox, NumberInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { couchbasePasswordName, type ServerConfig } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { snapshotName } from '../../ui/snapshot-words.ts'
import { withText } from '../../ui/with-text.ts'
import { CouchbaseUsers } from './CouchbaseUsers.tsx'
import { KeptPassword, ServerForm } from './ServerForm.tsx'

type CouchbaseConfig = Extract<ServerConfig, { kind: 'couchbase' }>
type PathName = 'certificatePath' | 'keyPath' | 'clientAuthorityPath'

/** Which folder of vbuckets is served, as which bucket, to whom, with which certificate. */
export function CouchbaseForm({ config }: { readonly config: CouchbaseConfig }) {
  const client = useClient()
  const [draft, setDraft] = useState(config)
  const [password, setPassword] = useState('')
  const [passwords, setPasswords] = useState<Readonly<Record<string, string>>>({})
  const set = (part: Partial<CouchbaseConfig>) => setDraft((before) => ({ ...before, ...part }))
  const save = useCommand(
    () =>
      client.servers.configure({
        // Where it listens is another form's.
        config: { ...draft, listen: config.listen },
        secrets: {
          ...(password === '' ? {} : { password }),
          ...Object.fromEntries(
            draft.moreUsers.flatMap(({ name }) =>
              passwords[name] ? [[couchbasePasswordName(name), passwords[name]]] : [],
            ),
          ),
        },
      }),
    {
      done: () => {
        setPassword('')
        setPasswords({})
      },
    },
  )
  const text = (name: 'folder' | 'bucket' | 'user') => ({
    value: draft[name],
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) => set({ [name]: value }),
  })
  const file = (name: PathName) => ({
    classNames: { input: 'hf-mono' },
    value: draft[name] ?? '',
    onChange: ({ currentTarget: { value } }: { readonly currentTarget: HTMLInputElement }) =>
      setDraft((before) => withText(before, name, value)),
  })
  return (
    <ServerForm save={save}>
      {draft.snapshotId === undefined ? (
        <>
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
        </>
      ) : (
        <ServedSnapshot id={draft.snapshotId} onEnd={() => setDraft(({ snapshotId: _, ...before }) => before)} />
      )}
      <TextInput label={t('couchbase.bucket')} {...text('bucket')} />
      <TextInput label={t('couchbase.user')} {...text('user')} />
      <KeptPassword label={t('couchbase.password')} value={password} onChange={setPassword} />
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
      <CouchbaseUsers
        users={draft.moreUsers}
        onChange={(moreUsers) => set({ moreUsers })}
        passwords={passwords}
        onPassword={(name, text) => setPasswords((before) => ({ ...before, [name]: text }))}
      />
    </ServerForm>
  )
}

/** What is served instead of a folder. */
function ServedSnapshot({ id, onEnd }: { readonly id: SnapshotId; readonly onEnd: () => void }) {
  const snapshot = useQuery(['snapshot', id], (client, signal) => client.snapshots.get({ id }, { signal }))
  return (
    <div className="hf-row" style={{ gridColumn: '1 / -1' }}>
      <p className="hf-grow">
        {snapshot.state === 'ready'
          ? t('couchbase.servesSnapshot', { name: snapshotName(snapshot.value) })
          : t('couchbase.servesUnknown')}
      </p>
      <Button onClick={onEnd}>{t('couchbase.serveFolder')}</Button>
    </div>
  )
}
