import { Button, PasswordInput, Textarea, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { IconKeyOff } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { KeyRow } from '../../ui/KeyRow.tsx'
import { createKey } from '../../ui/NewKey.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { AuditLog } from './AuditLog.tsx'
import { TrustSettings } from './TrustSettings.tsx'

const LONGEST_KEY = 65_536

/** The keys on this computer, and what was done with this Holdfast. */
export function SecuritySettings() {
  return (
    <>
      <Keys />
      <TrustSettings />
      <AuditLog />
    </>
  )
}

/** The keys on this computer, and the two ways to get one. */
function Keys() {
  const app = useApp()
  const keys = useShared('keys')
  return (
    <section aria-labelledby="keys">
      <div className="hf-section-head">
        <h2 id="keys" className="hf-h4 hf-grow">
          {t('settings.keys')}
        </h2>
        <Button onClick={() => importKey(app.keys.reload)}>{t('settings.bringBack')}</Button>
        <Button onClick={() => createKey('main', app.keys.reload)}>{t('settings.newKey')}</Button>
      </div>
      <div className="hf-card">
        <QueryView query={keys} onRetry={app.keys.reload}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconKeyOff} title={t('settings.noKey')}>
                {t('settings.noKeyText')}
              </EmptyState>
            ) : (
              list.map((key) => <KeyRow key={key.id} encryptionKey={key} />)
            )
          }
        </QueryView>
      </div>
    </section>
  )
}

function importKey(onImported: () => void): void {
  const id = modals.open({
    title: t('settings.bringBack'),
    size: 560,
    children: (
      <ImportKey
        onImported={() => {
          modals.close(id)
          onImported()
        }}
      />
    ),
  })
}

function ImportKey({ onImported }: { readonly onImported: () => void }) {
  const { client } = useApp()
  const [name, setName] = useState('')
  const [text, setText] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const add = useCommand(() => client.keys.import({ name, text, ...(passphrase === '' ? {} : { passphrase }) }), {
    done: onImported,
  })
  return (
    <CommandForm command={add} submit={t('settings.bringBackKey')} isReady={name.trim() !== '' && text.trim() !== ''}>
      <TextInput
        label={t('common.name')}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label={t('settings.keyFile')}
        description={t('settings.keyFileHelp')}
        classNames={{ input: 'hf-mono' }}
        rows={7}
        maxLength={LONGEST_KEY}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <PasswordInput
        label={t('settings.passphrase')}
        description={t('settings.passphraseHelp')}
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
    </CommandForm>
  )
}
