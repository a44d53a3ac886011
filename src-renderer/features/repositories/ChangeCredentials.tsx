import { PasswordInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { Fingerprint } from '../../ui/AddRepository.tsx'
import { CommandForm } from '../../ui/CommandForm.tsx'
import { Verdict } from '../../ui/Verdict.tsx'

/** A new password for a server, or a certificate that changed for a good reason. Nothing is kept before it was tried. */
export function changeCredentials(repository: Repository, onChanged: () => void): void {
  const id = modals.open({
    title: t('repositories.changeOf', { name: repository.name }),
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

function ChangeCredentials({ repository: { id, address, fingerprint }, onChanged }: ChangeCredentialsProps) {
  const client = useClient()
  const [secret, setSecret] = useState('')
  const [settled] = useDebouncedValue(secret, 500)
  const [trusted, setTrusted] = useState<string>()
  const changed = {
    ...(settled === '' ? {} : { secret: settled }),
    ...(trusted === undefined ? {} : { fingerprint: trusted }),
  }
  const test = useQuery(['credentials', id, settled, trusted], (api, signal) =>
    api.repositories.test({ address, ...changed }, { signal }),
  )
  const save = useCommand(() => client.repositories.setCredentials({ id, ...changed }), { done: onChanged })
  const verdict = test.state === 'ready' && settled === secret ? test.value : undefined
  const isChanged = secret !== '' || trusted !== undefined
  return (
    <CommandForm command={save} submit={t('repositories.useFromNow')} isReady={verdict?.state === 'ready' && isChanged}>
      <p className="hf-mono" style={{ overflowWrap: 'anywhere' }}>
        {address}
      </p>
      <div role="status" style={{ minHeight: 20 }}>
        {test.state === 'loading' && <span className="hf-2 hf-late">{t('common.looking')}</span>}
        {test.state === 'failed' && <span className="hf-bad">{test.failure.hint ?? test.failure.message}</span>}
        {verdict !== undefined && <Verdict verdict={verdict} isWhole />}
      </div>
      {verdict?.state === 'untrusted' && verdict.fingerprint !== undefined && (
        <>
          {fingerprint !== undefined && <Trusted fingerprint={fingerprint} />}
          <Fingerprint fingerprint={verdict.fingerprint} onTrust={setTrusted} />
        </>
      )}
      <PasswordInput
        label={t('repositories.newSecret')}
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
