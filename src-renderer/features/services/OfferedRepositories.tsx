import { Checkbox, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { Repository } from '../../../src-shared/model/repository.ts'
import type { ServerConfig } from '../../../src-shared/model/server.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

type PbsConfig = Extract<ServerConfig, { kind: 'pbs' }>

/** Local repositories, each offered under a name or not. */
export function OfferedRepositories({ config }: { readonly config: PbsConfig }) {
  const repositories = useSharedValue('repositories') ?? []
  const local = repositories.map(({ repository }) => repository).filter(({ kind }) => kind === 'datastore')
  return (
    <section aria-labelledby="offered">
      <h2 id="offered" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('services.offered')}
      </h2>
      {local.length === 0 ? (
        <p className="hf-2">{t('services.noneLocal')}</p>
      ) : (
        <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
          {local.map((repository) => (
            <Offer key={repository.id} repository={repository} config={config} />
          ))}
        </ul>
      )}
    </section>
  )
}

function Offer({ repository, config }: { readonly repository: Repository; readonly config: PbsConfig }) {
  const client = useClient()
  const offered = config.datastores.find(({ repositoryId }) => repositoryId === repository.id)
  const [name, setName] = useState(offered?.name ?? suggestName(repository))
  const save = useCommand((isOffered: boolean) => {
    const others = config.datastores.filter(({ repositoryId }) => repositoryId !== repository.id)
    const datastores = isOffered ? [...others, { name, repositoryId: repository.id }] : others
    return client.servers.configure({ config: { ...config, datastores } })
  })
  return (
    <li className="hf-row" style={{ minHeight: 40, gap: 12 }}>
      <Checkbox
        className="hf-grow"
        label={repository.name}
        description={repository.address}
        checked={offered !== undefined}
        disabled={save.busy || !isDatastoreName(name)}
        onChange={(event) => void save.run(event.currentTarget.checked)}
      />
      <TextInput
        aria-label={t('services.offeredAs', { name: repository.name })}
        w={200}
        classNames={{ input: 'hf-mono' }}
        value={name}
        maxLength={32}
        error={isDatastoreName(name) ? undefined : t('services.nameRule')}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => {
          if (offered !== undefined && offered.name !== name && isDatastoreName(name)) void save.run(true)
        }}
      />
    </li>
  )
}

/** SAFE_ID of spec pbs §1.2, from 3 to 32 characters. */
function isDatastoreName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/.test(name)
}

function suggestName({ name }: Repository): string {
  const safe = name
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 32)
  return isDatastoreName(safe) ? safe : 'backup'
}
