import { PasswordInput, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { accessKeyOf, isBucket, withAccessKey } from '../../ui/bucket-address.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'
import { Fingerprint } from '../../ui/Fingerprint.tsx'
import { Verdict } from '../../ui/Verdict.tsx'

/** A new password for a server, new keys of a bucket, or a certificate that changed for a good reason. Nothing is kept before it was tried. */
export function changeCredentials(repository: Repository, onChanged: () => void): void {
  const id = modals.open({
    title: t(isBucket(repository.address) ? 'repositories.changeKeysOf' : 'repositories.changeOf', {
      name: repository.name,
    }),
    size: 560,
    children: (
      <ChangeCredentials
        repository={repository}
        onChanged={() => {
          modals.close(id)
          onChanged()
        }}
      />
    ),
  })
}

interface ChangeCredentialsProps {
  readonly repository: Repository
  readonly onChanged: () => void
}

function ChangeCredentials({ repository, onChanged }: ChangeCredentialsProps) {
  const { id, fingerprint } = repository
  const client = useClient()
  const oldKey = accessKeyOf(repository.address)
  const [accessKey, setAccessKey] = useState(oldKey)
  const isOther = accessKey.trim() !== oldKey
  const typed = isOther ? withAccessKey(repository.address, accessKey.trim()) : repository.address
  const [address] = useDebouncedValue(typed, 500)
  const [secret, setSecret] = useState('')
  const [settled] = useDebouncedValue(secret, 500)
  const [trusted, setTrusted] = useState<string>()
  const changed = {
    ...(settled === '' ? {} : { secret: settled }),
    ...(trusted === undefined ? {} : { fingerprint: trusted }),
  }
  // Nothing is known of the place under another key, but its certificate stays the same.
  const known = fingerprint === undefined ? {} : { fingerprint }
  const test = useQuery(['credentials', id, address, settled, trusted], (api, signal) =>
    api.repositories.test({ address, ...known, ...changed }, { signal }),
  )
  const save = useCommand(
    () => client.repositories.setCredentials({ id, ...changed, ...(isOther ? { accessKeyId: accessKey.trim() } : {}) }),
    { done: onChanged },
  )
  const verdict = test.state === 'ready' && settled === secret && address === typed ? test.value : undefined
  const isChanged = secret !== '' || trusted !== undefined || isOther
  return (
    <CommandForm command={save} submit={t('repositories.useFromNow')} isReady={verdict?.state === 'ready' && isChanged}>
      <p className="hf-mono" style={{ overflowWrap: 'anywhere' }}>
        {typed}
      </p>
      <div role="status" style={{ minHeight: 20 }}>
        {test.state === 'loading' && <span className="hf-2 hf-late">{t('common.looking')}</span>}
        {test.state === 'failed' && <span className="hf-bad">{test.failure.hint ?? test.failure.message}</span>}
        {verdict !== undefined && <Verdict verdict={verdict} isWhole />}
      </div>
      {verdict?.state === 'untrusted' && verdict.fingerprint !== undefined && (
        <>
          {fingerprint !== undefined && <Trusted fingerprint={fingerprint} />}
          <Fingerprint kind={verdict.kind} fingerprint={verdict.fingerprint} onTrust={setTrusted} />
        </>
      )}
      {isBucket(address) && (
        <TextInput
          label={t('ui.accessKey')}
          classNames={{ input: 'hf-mono' }}
          autoComplete="off"
          spellCheck={false}
          value={accessKey}
          onChange={(event) => setAccessKey(event.currentTarget.value)}
        />
      )}
      <PasswordInput
        label={isBucket(address) ? t('repositories.newSecretKey') : t('repositories.newSecret')}
        description={t('repositories.emptyStays')}
        value={secret}
        onChange={(event) => setSecret(event.currentTarget.value)}
      />
    </CommandForm>
  )
}

function Trusted({ fingerprint }: { readonly fingerprint: string }) {
  return (
    <div>
      <p className="hf-2">{t('repositories.trustedSoFar')}</p>
      <p className="hf-mono hf-2" style={{ overflowWrap: 'anywhere' }}>
        {fingerprint.slice(0, 48)}
        <wbr />
        {fingerprint.slice(48)}
      </p>
    </div>
  )
}
