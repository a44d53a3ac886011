import { Button, Checkbox, NumberInput, PasswordInput, Select, TagsInput, TextInput } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { useState } from 'react'
import type { CouchbaseTest } from '../../../src-shared/model/couchbase-facts.ts'
import { couchbaseSecrets } from '../../../src-shared/model/couchbase-source.ts'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { type Failure, toFailure } from '../../state/failure.ts'
import { useClient } from '../../state/use-app.tsx'
import { CouchbaseTlsFields } from '../../ui/CouchbaseTls.tsx'
import { formatCount } from '../../ui/format.ts'
import { withText } from '../../ui/with-text.ts'
import { joinNames } from '../../ui/words.ts'
import type { StepProps } from './StepFrame.tsx'

type Source = Extract<PlanSource, { kind: 'couchbase' }>

type Fields = Pick<StepProps, 'change' | 'secrets' | 'changeSecrets'> & { readonly source: Source }

/** Which bucket of which cluster, who logs in, how the nodes are trusted. */
export function CouchbaseFields({ source, change, secrets, changeSecrets }: Fields) {
  const set = (part: Partial<Source>) => change({ source: { ...source, ...part } })
  return (
    <div className="hf-source-fields">
      <TagsInput
        label={t('couchbase.nodes')}
        description={t('couchbase.nodesHint')}
        classNames={{ input: 'hf-mono' }}
        value={source.hosts}
        onChange={(hosts) => set({ hosts })}
        acceptValueOnBlur
      />
      <TextInput
        label={t('couchbase.bucket')}
        value={source.bucket}
        onChange={({ currentTarget: { value } }) => set({ bucket: value })}
      />
      <TextInput
        label={t('couchbase.user')}
        description={t('couchbase.userHint')}
        value={source.user ?? ''}
        onChange={({ currentTarget: { value } }) => change({ source: withText(source, 'user', value) })}
      />
      <PasswordInput
        label={t('couchbase.password')}
        description={source.secretId === undefined ? undefined : t('couchbase.passwordKept')}
        value={secrets.password ?? ''}
        onChange={({ currentTarget: { value } }) => changeSecrets({ password: value })}
      />
      <Checkbox
        label={t('couchbase.tls')}
        description={t('couchbase.tlsHint')}
        checked={source.tls !== undefined}
        onChange={({ currentTarget: { checked } }) => {
          const { tls: _, ...plain } = source
          change({ source: checked ? { ...plain, tls: {} } : plain })
        }}
      />
      {source.tls === undefined ? (
        <Checkbox
          label={t('couchbase.insecure')}
          checked={source.allowInsecure}
          onChange={({ currentTarget: { checked } }) => set({ allowInsecure: checked })}
        />
      ) : (
        <CouchbaseTlsFields
          tls={source.tls}
          onChange={(tls) => set({ tls })}
          passphrase={secrets.keyPassphrase ?? ''}
          onPassphrase={(keyPassphrase) => changeSecrets({ keyPassphrase })}
        />
      )}
      <NumberInput
        label={t('couchbase.parallel')}
        min={1}
        max={32}
        value={source.parallelVbuckets}
        onChange={(value) => set({ parallelVbuckets: Number(value) })}
      />
      <NumberInput
        label={t('couchbase.patience')}
        min={1}
        max={86_400}
        value={source.patienceSeconds}
        onChange={(value) => set({ patienceSeconds: Number(value) })}
      />
      <Select
        label={t('couchbase.leftovers')}
        allowDeselect={false}
        data={[
          { value: 'release', label: t('couchbase.release') },
          { value: 'use', label: t('couchbase.use') },
        ]}
        value={source.leftovers}
        onChange={(value) => set({ leftovers: value === 'use' ? 'use' : 'release' })}
      />
      <TextInput
        label={t('couchbase.staging')}
        description={t('couchbase.stagingHint')}
        classNames={{ input: 'hf-mono' }}
        value={source.stagingFolder ?? ''}
        onChange={({ currentTarget: { value } }) => change({ source: withText(source, 'stagingFolder', value) })}
      />
      <ConnectionTest source={source} secrets={secrets} />
    </div>
  )
}

type Answer =
  | { readonly state: 'none' }
  | { readonly state: 'asking' }
  | { readonly state: 'good'; readonly found: CouchbaseTest }
  | { readonly state: 'failed'; readonly failure: Failure }

/** Logs in as a backup would, with what is typed and not saved yet. */
function ConnectionTest({ source, secrets }: { readonly source: Source; readonly secrets: StepProps['secrets'] }) {
  const client = useClient()
  const [answer, setAnswer] = useState<Answer>({ state: 'none' })
  const ask = async () => {
    setAnswer({ state: 'asking' })
    try {
      const found = await client.couchbase.test({ source, secrets: couchbaseSecrets.parse(secrets) })
      setAnswer({ state: 'good', found })
    } catch (error) {
      setAnswer({ state: 'failed', failure: toFailure(error) })
    }
  }
  return (
    <div className="hf-source-test">
      <Button
        loading={answer.state === 'asking'}
        disabled={source.hosts.length === 0 || source.bucket === ''}
        leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />}
        onClick={() => void ask()}
      >
        {t('couchbase.test')}
      </Button>
      <div role="status">
        {answer.state === 'failed' && (
          <>
            <p className="hf-bad">{answer.failure.message}</p>
            {answer.failure.hint !== undefined && <p className="hf-2">{answer.failure.hint}</p>}
          </>
        )}
        {answer.state === 'good' && <Found found={answer.found} />}
      </div>
    </div>
  )
}

function Found({ found }: { readonly found: CouchbaseTest }) {
  const nodes = found.nodes.map(({ address, vbuckets }) =>
    t('couchbase.nodeShare', { address, n: formatCount(vbuckets) }),
  )
  return (
    <>
      <p className="hf-strong">{t('couchbase.found', { count: found.vbuckets, nodes: joinNames(nodes) })}</p>
      {found.withoutCopy > 0 && <p className="hf-warn">{t('couchbase.withoutCopy', { count: found.withoutCopy })}</p>}
      {found.isRebalancing && <p className="hf-warn">{t('couchbase.rebalancing')}</p>}
      {!found.isSecure && <p className="hf-2">{t('couchbase.notSecure')}</p>}
    </>
  )
}
