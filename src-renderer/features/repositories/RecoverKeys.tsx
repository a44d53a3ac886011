import { Button, FileButton, PasswordInput, Textarea } from '@mantine/core'
import { modals } from '@mantine/modals'
import { notifications } from '@mantine/notifications'
import { IconFileUpload } from '@tabler/icons-react'
import { useState } from 'react'
import type { EncryptionKey } from '../../../src-shared/contract/keys.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useApp } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'

const LONGEST_PRIVATE_KEY = 65_536

/** Brings keys that are lost back out of the snapshots, with the private part of the master key. */
export function recoverKeys(repository: Repository): void {
  const id = modals.open({
    title: t('repositories.recoverFrom', { name: repository.name }),
    size: 560,
    children: <RecoverKeys repository={repository} onDone={() => modals.close(id)} />,
  })
}

interface RecoverKeysProps {
  readonly repository: Repository
  readonly onDone: () => void
}

function RecoverKeys({ repository, onDone }: RecoverKeysProps) {
  const app = useApp()
  const [privateKey, setPrivateKey] = useState('')
  const [passphrase, setPassphrase] = useState('')
  const recover = useCommand(
    () =>
      app.client.masterKeys.recover({
        repositoryId: repository.id,
        privateKey,
        ...(passphrase === '' ? {} : { passphrase }),
      }),
    {
      done: (keys: readonly EncryptionKey[]) => {
        const names = keys.map(({ name }) => name).join(', ')
        notifications.show({
          message: keys.length === 0 ? t('repositories.noneMissing') : t('repositories.recovered', { names }),
        })
        app.keys.reload()
        onDone()
      },
    },
  )
  return (
    <CommandForm command={recover} submit={t('repositories.recover')} isReady={privateKey.trim() !== ''}>
      <p className="hf-2">{t('repositories.recoverHelp')}</p>
      <Textarea
        label={t('repositories.privateKey')}
        description={t('repositories.privateKeyHelp')}
        classNames={{ input: 'hf-mono' }}
        rows={7}
        maxLength={LONGEST_PRIVATE_KEY}
        value={privateKey}
        onChange={(event) => setPrivateKey(event.currentTarget.value)}
      />
      <FileButton
        accept=".pem,.key,.txt"
        onChange={(file) => void file?.slice(0, LONGEST_PRIVATE_KEY).text().then(setPrivateKey)}
      >
        {(props) => (
          <Button {...props} leftSection={<IconFileUpload size={16} aria-hidden />} style={{ alignSelf: 'flex-start' }}>
            {t('repositories.fromFile')}
          </Button>
        )}
      </FileButton>
      <PasswordInput
        label={t('ui.passphrase')}
        value={passphrase}
        onChange={(event) => setPassphrase(event.currentTarget.value)}
      />
    </CommandForm>
  )
}
