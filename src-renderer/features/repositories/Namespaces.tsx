import { ActionIcon, Button, TextInput } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import type { StoredGroup } from '../../../src-shared/contract/groups.ts'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import type { useQuery } from '../../state/use-query.ts'
import { buttonBeside } from '../../ui/button-beside.tsx'
import { formatCounted } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'

interface Kept {
  readonly groups: readonly StoredGroup[]
  readonly namespaces: readonly string[]
}

interface NamespacesProps {
  readonly repositoryId: RepositoryId
  readonly kept: ReturnType<typeof useQuery<Kept>>
}

/** Namespaces are made before something goes into them; an empty one can go. */
export function Namespaces({ repositoryId, kept }: NamespacesProps) {
  const client = useClient()
  const [name, setName] = useState('')
  const create = useCommand(() => client.groups.createNamespace({ repositoryId, namespace: name.trim() }), {
    done: () => setName(''),
  })
  return (
    <section className="hf-repo-body" aria-labelledby="namespaces">
      <div className="hf-card hf-sec">
        <h2 id="namespaces" className="hf-h4" style={{ marginBottom: 8 }}>
          {t('repositories.namespaces')}
        </h2>
        <QueryView query={kept} onRetry={kept.reload}>
          {({ namespaces, groups }) =>
            namespaces
              .filter((namespace) => namespace !== '')
              .map((namespace) => (
                <Namespace
                  key={namespace}
                  repositoryId={repositoryId}
                  namespace={namespace}
                  groups={groups.filter((group) => group.namespace === namespace).length}
                  isParent={namespaces.some((other) => other.startsWith(`${namespace}/`))}
                />
              ))
          }
        </QueryView>
        <form
          style={{ marginTop: 12 }}
          onSubmit={(event) => {
            event.preventDefault()
            if (name.trim() !== '') void create.run()
          }}
        >
          <TextInput
            label={t('repositories.newNamespace')}
            description={t('repositories.newNamespaceHelp')}
            classNames={{ input: 'hf-mono' }}
            maxLength={256}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            inputContainer={buttonBeside(
              <Button type="submit" loading={create.busy} disabled={name.trim() === ''}>
                {t('repositories.createNamespace')}
              </Button>,
            )}
          />
        </form>
      </div>
    </section>
  )
}

interface NamespaceProps {
  readonly repositoryId: RepositoryId
  readonly namespace: string
  readonly groups: number
  readonly isParent: boolean
}

function Namespace({ repositoryId, namespace, groups, isParent }: NamespaceProps) {
  const client = useClient()
  const remove = useCommand(() => client.groups.removeNamespace({ repositoryId, namespace }))
  return (
    <div className="hf-row" style={{ minHeight: 32, gap: 12 }}>
      <span className="hf-mono hf-grow">{namespace}</span>
      <span className="hf-sm hf-2">
        {groups === 0 ? t('repositories.emptyNamespace') : formatCounted(groups, 'group')}
      </span>
      {groups === 0 && !isParent && (
        <ActionIcon
          size={28}
          variant="subtle"
          color="gray"
          loading={remove.busy}
          aria-label={t('repositories.removeNamespace', { name: namespace })}
          onClick={() => remove.run()}
        >
          <IconTrash size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      )}
    </div>
  )
}
