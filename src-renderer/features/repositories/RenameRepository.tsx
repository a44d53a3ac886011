import { TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { CommandForm } from '../../ui/CommandForm.tsx'

export function renameRepository(repository: Repository, onRenamed: () => void): void {
  const id = modals.open({
    title: t('repositories.renameThis', { name: repository.name }),
    children: (
      <Rename
        repository={repository}
        onRenamed={() => {
          modals.close(id)
          onRenamed()
        }}
      />
    ),
  })
}

function Rename({ repository, onRenamed }: { readonly repository: Repository; readonly onRenamed: () => void }) {
  const client = useClient()
  const [name, setName] = useState(repository.name)
  const rename = useCommand(() => client.repositories.rename({ id: repository.id, name }), { done: onRenamed })
  return (
    <CommandForm command={rename} submit={t('repositories.rename')} isReady={name.trim() !== ''}>
      <TextInput
        label={t('common.name')}
        data-autofocus
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
    </CommandForm>
  )
}
