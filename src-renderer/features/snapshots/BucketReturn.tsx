import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { CouchbaseProgress } from '../../../src-shared/model/couchbase-restore.ts'
import { t } from '../../i18n/translate.ts'
import { type Failure, isAbort, toFailure } from '../../state/failure.ts'
import { useClient } from '../../state/use-app.tsx'
import { formatCount } from '../../ui/format.ts'

type Start = (client: Client, signal: AbortSignal) => Promise<AsyncIterable<CouchbaseProgress>>

/** From a restored folder back into a node: as its data folder, or pulled by it. */
export function BucketReturn({ bucket }: { readonly bucket: string }) {
  const [stored, setStored] = useState('')
  return (
    <section aria-labelledby="bring-back" style={{ marginTop: 16 }}>
      <h3 id="bring-back" className="hf-h4">
        {t('couchbase.bringBack')}
      </h3>
      <p className="hf-2" style={{ marginBottom: 8 }}>
        {t('couchbase.bringBackText')}
      </p>
      <TextInput
        label={t('couchbase.restored')}
        classNames={{ input: 'hf-mono' }}
        value={stored}
        onChange={({ currentTarget: { value } }) => setStored(value)}
      />
      <div className="hf-bucket-return">
        <Place stored={stored} />
        <Pull stored={stored} bucket={bucket} />
      </div>
    </section>
  )
}

function Place({ stored }: { readonly stored: string }) {
  const [target, setTarget] = useState('')
  const work = useWork((client, signal) => client.couchbase.place({ stored, target }, { signal }))
  return (
    <form aria-label={t('couchbase.placeTitle')} onSubmit={work.submit}>
      <h4 className="hf-strong">{t('couchbase.placeTitle')}</h4>
      <p className="hf-sm hf-2">{t('couchbase.placeText')}</p>
      <TextInput
        label={t('couchbase.target')}
        classNames={{ input: 'hf-mono' }}
        value={target}
        onChange={({ currentTarget: { value } }) => setTarget(value)}
      />
      <Button type="submit" loading={work.isBusy} disabled={stored === '' || target === ''}>
        {t('couchbase.place')}
      </Button>
      <Outcome {...work} />
    </form>
  )
}

function Pull({ stored, bucket }: { readonly stored: string; readonly bucket: string }) {
  const [node, setNode] = useState('')
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [servedAt, setServedAt] = useState('127.0.0.1')
  const [isInsecure, setInsecure] = useState(false)
  const [adopt, setAdopt] = useState(false)
  const work = useWork((client, signal) =>
    client.couchbase.pull(
      {
        ...{ stored, node, bucket, servedAt, adopt, allowInsecure: isInsecure },
        ...(user === '' ? {} : { user }),
        secrets: password === '' ? {} : { password },
      },
      { signal },
    ),
  )
  return (
    <form aria-label={t('couchbase.pullTitle')} onSubmit={work.submit}>
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
      <TextInput
        label={t('couchbase.servedAt')}
        classNames={{ input: 'hf-mono' }}
        value={servedAt}
        onChange={({ currentTarget: { value } }) => setServedAt(value)}
      />
      <Checkbox
        label={t('couchbase.insecure')}
        checked={isInsecure}
        onChange={({ currentTarget: { checked } }) => setInsecure(checked)}
      />
      <Checkbox
        label={t('couchbase.adopt')}
        description={t('couchbase.adoptHint')}
        checked={adopt}
        onChange={({ currentTarget: { checked } }) => setAdopt(checked)}
      />
      <Button type="submit" loading={work.isBusy} disabled={stored === '' || node === ''}>
        {t('couchbase.pull')}
      </Button>
      <Outcome {...work} />
    </form>
  )
}

interface Work {
  readonly isBusy: boolean
  readonly progress: CouchbaseProgress | undefined
  readonly failure: Failure | undefined
  readonly submit: (event: FormEvent) => void
}

/** Follows one of the two to its end; closing the view ends it. */
function useWork(start: Start): Work {
  const client = useClient()
  const [state, setState] = useState<Omit<Work, 'submit'>>({ isBusy: false, progress: undefined, failure: undefined })
  const leaving = useRef(new AbortController())
  useEffect(() => {
    leaving.current = new AbortController()
    return () => leaving.current.abort()
  }, [])
  const follow = async () => {
    setState({ isBusy: true, progress: undefined, failure: undefined })
    try {
      for await (const progress of await start(client, leaving.current.signal)) {
        setState({ isBusy: !progress.isComplete, progress, failure: undefined })
      }
    } catch (error) {
      if (!isAbort(error)) setState({ isBusy: false, progress: undefined, failure: toFailure(error) })
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void follow() // tells its failure in the state
  }
  return { ...state, submit }
}

function Outcome({ progress, failure }: Work) {
  return (
    <div role="status">
      {failure !== undefined && (
        <>
          <p className="hf-bad">{failure.message}</p>
          {failure.hint !== undefined && <p className="hf-2">{failure.hint}</p>}
        </>
      )}
      {progress !== undefined && (
        <p>
          {progress.isComplete
            ? t('couchbase.done', { count: progress.vbuckets })
            : t('couchbase.progress', { n: formatCount(progress.vbuckets), all: formatCount(progress.total) })}
        </p>
      )}
    </div>
  )
}
