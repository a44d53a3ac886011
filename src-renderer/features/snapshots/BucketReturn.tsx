import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useNavigate } from 'react-router'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { type CouchbaseTls, CouchbaseTlsFields } from '../../ui/CouchbaseTls.tsx'

/** Back into a node: pulled out of the snapshot by one that runs, or as the data folder of one that does not. Each is a job. */
export function BucketReturn({ bucket, snapshotId }: { readonly bucket: string; readonly snapshotId: SnapshotId }) {
  return (
    <section aria-labelledby="bring-back" style={{ marginTop: 16 }}>
      <h3 id="bring-back" className="hf-h4">
        {t('couchbase.bringBack')}
      </h3>
      <div className="hf-bucket-return">
        <Pull snapshotId={snapshotId} bucket={bucket} />
        <div>
          <Place />
          <Serve snapshotId={snapshotId} bucket={bucket} />
        </div>
      </div>
    </section>
  )
}

function Place() {
  const [stored, setStored] = useState('')
  const [target, setTarget] = useState('')
  const start = useStart((client) => client.couchbase.place({ stored, target }))
  return (
    <form aria-label={t('couchbase.placeTitle')} onSubmit={start.submit}>
      <h4 className="hf-strong">{t('couchbase.placeTitle')}</h4>
      <p className="hf-sm hf-2">{t('couchbase.placeText')}</p>
      <TextInput
        label={t('couchbase.restored')}
        classNames={{ input: 'hf-mono' }}
        value={stored}
        onChange={({ currentTarget: { value } }) => setStored(value)}
      />
      <TextInput
        label={t('couchbase.target')}
        classNames={{ input: 'hf-mono' }}
        value={target}
        onChange={({ currentTarget: { value } }) => setTarget(value)}
      />
      <Button type="submit" loading={start.busy} disabled={stored === '' || target === ''}>
        {t('couchbase.place')}
      </Button>
    </form>
  )
}

/** The service of this computer offers the snapshot from now on, under the users it has. */
function Serve({ snapshotId, bucket }: { readonly snapshotId: SnapshotId; readonly bucket: string }) {
  const client = useClient()
  const navigate = useNavigate()
  const serve = useCommand(async () => {
    const known = (await client.servers.list()).find(({ config }) => config.kind === 'couchbase')
    if (known?.config.kind !== 'couchbase') return
    await client.servers.configure({ config: { ...known.config, snapshotId, bucket } })
    await navigate('/services/couchbase')
  })
  return (
    <form
      aria-label={t('couchbase.serveTitle')}
      style={{ marginTop: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        void serve.run() // tells its failure by itself
      }}
    >
      <h4 className="hf-strong">{t('couchbase.serveTitle')}</h4>
      <p className="hf-sm hf-2">{t('couchbase.serveText')}</p>
      <Button type="submit" loading={serve.busy}>
        {t('couchbase.serve')}
      </Button>
    </form>
  )
}

function Pull({ snapshotId, bucket }: { readonly snapshotId: SnapshotId; readonly bucket: string }) {
  const [node, setNode] = useState('')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [tls, setTls] = useState<CouchbaseTls>()
  const [keyPassphrase, setKeyPassphrase] = useState('')
  const [servedAt, setServedAt] = useState('127.0.0.1')
  const [allowInsecure, setInsecure] = useState(false)
  const [adopt, setAdopt] = useState(false)
  const start = useStart((client) =>
    client.couchbase.pull({
      ...{ snapshotId, node, bucket, servedAt, adopt, allowInsecure },
      ...(user === '' ? {} : { user }),
      ...(tls === undefined ? {} : { tls }),
      secrets: {
        ...(password === '' ? {} : { password }),
        ...(tls === undefined || keyPassphrase === '' ? {} : { keyPassphrase }),
      },
    }),
  )
  return (
    <form aria-label={t('couchbase.pullTitle')} onSubmit={start.submit}>
      <h4 className="hf-strong">{t('couchbase.pullTitle')}</h4>
      <p className="hf-sm hf-2">{t('couchbase.pullText')}</p>
      <TextInput
        label={t('couchbase.nodeAddress')}
        classNames={{ input: 'hf-mono' }}
        value={node}
        onChange={({ currentTarget: { value } }) => setNode(value)}
      />
      <TextInput label={t('couchbase.user')} value={user} onChange={({ currentTarget: { value } }) => setUser(value)} />
      <PasswordInput
        label={t('couchbase.password')}
        autoComplete="off"
        value={password}
        onChange={({ currentTarget: { value } }) => setPassword(value)}
      />
      <Checkbox
        label={t('couchbase.tls')}
        description={t('couchbase.tlsToNode')}
        checked={tls !== undefined}
        onChange={({ currentTarget: { checked } }) => setTls(checked ? {} : undefined)}
      />
      {tls !== undefined && (
        <CouchbaseTlsFields tls={tls} onChange={setTls} passphrase={keyPassphrase} onPassphrase={setKeyPassphrase} />
      )}
      <TextInput
        label={t('couchbase.servedAt')}
        description={t('couchbase.servedAtHint')}
        classNames={{ input: 'hf-mono' }}
        value={servedAt}
        onChange={({ currentTarget: { value } }) => setServedAt(value)}
      />
      <Checkbox
        label={t('couchbase.insecureReturn')}
        checked={allowInsecure}
        onChange={({ currentTarget: { checked } }) => setInsecure(checked)}
      />
      <Checkbox
        label={t('couchbase.adopt')}
        description={t('couchbase.adoptHint')}
        checked={adopt}
        onChange={({ currentTarget: { checked } }) => setAdopt(checked)}
      />
      <Button type="submit" loading={start.busy} disabled={node === ''}>
        {t('couchbase.pull')}
      </Button>
    </form>
  )
}

/** Starts one of the two, and shows the job that does it. */
function useStart(start: (client: Client) => Promise<Job>) {
  const client = useClient()
  const navigate = useNavigate()
  const command = useCommand(() => start(client), { done: (job) => void navigate(`/activity/${job.id}`) })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void command.run() // tells its failure by itself
  }
  return { busy: command.busy, submit }
}
