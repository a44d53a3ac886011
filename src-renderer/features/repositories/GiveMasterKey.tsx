import { Button, Textarea } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

const LONGEST_PUBLIC_KEY = 16_384

/** Gives a repository a master key that was made before, here or by the client of Proxmox Backup. */
export function giveMasterKey(repository: Repository): void {
  const id = modals.open({
    title: <span className="hf-h4">{t('repositories.useMaster')}</span>,
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
    <form
      style={{ display: 'flex', flexDirection: 'column', gap: 12 }}
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() !== '') void use.run()
      }}
    >
      <Textarea
        label={t('repositories.publicKey')}
        description={t('repositories.publicKeyHelp')}
        classNames={{ input: 'hf-mono' }}
        rows={8}
        maxLength={LONGEST_PUBLIC_KEY}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button
        type="submit"
        variant="filled"
        loading={use.busy}
        disabled={text.trim() === ''}
        style={{ alignSelf: 'flex-end' }}
      >
        {t('repositories.useMasterOne')}
      </Button>
    </form>
  )
}
