import { Textarea } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'

const LONGEST_PUBLIC_KEY = 16_384

/** Gives a repository a master key that was made before, here or by the client of Proxmox Backup. */
export function giveMasterKey(repository: Repository): void {
  const id = modals.open({
    title: t('repositories.useMaster'),
    size: 560,
    children: <GiveMasterKey repository={repository} onDone={() => modals.close(id)} />,
  })
}

interface GiveMasterKeyProps {
  readonly repository: Repository
  readonly onDone: () => void
}

function GiveMasterKey({ repository: { id }, onDone }: GiveMasterKeyProps) {
  const client = useClient()
  const [text, setText] = useState('')
  const use = useCommand(() => client.masterKeys.use({ repositoryId: id, text }), { done: onDone })
  return (
    <CommandForm command={use} submit={t('repositories.useMasterOne')} isReady={text.trim() !== ''}>
      <Textarea
        label={t('repositories.publicKey')}
        description={t('repositories.publicKeyHelp')}
        classNames={{ input: 'hf-mono' }}
        rows={8}
        maxLength={LONGEST_PUBLIC_KEY}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </CommandForm>
  )
}
