import { Button, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

export function renameRepository(repository: Repository, onRenamed: () => void): void {
  const id = modals.open({
    title: <span className="hf-h4">{t('repositories.renameThis', { name: repository.name })}</span>,
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
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() !== '') void rename.run()
      }}
    >
      <TextInput
        label={t('common.name')}
        data-autofocus
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button type="submit" variant="filled" mt="md" loading={rename.busy} disabled={name.trim() === ''}>
        {t('repositories.rename')}
      </Button>
    </form>
  )
}
