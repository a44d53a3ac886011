import { Button } from '@mantine/core'
import { IconDatabaseOff } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import { t } from '../../i18n/translate.ts'
import { useApp, useShared, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatCounted } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { SettingRow } from './SettingRow.tsx'

/** The catalog can always be made again from the repositories: they hold everything it knows of snapshots. */
export function CatalogSettings() {
  const { client, repositories: resource } = useApp()
  const navigate = useNavigate()
  const repositories = useShared('repositories')
  const directory = useSharedValue('info')?.dataDirectory
  const rebuild = useCommand(async (ids: readonly Parameters<typeof client.repositories.index>[0]['id'][]) => {
    for (const id of ids) await client.repositories.index({ id })
    await navigate('/activity')
  })
  return (
    <>
      <p className="hf-2" style={{ marginBottom: 12 }}>
        {t('settings.catalogText')}
        {directory !== undefined && (
          <span className="hf-mono" style={{ display: 'block', marginTop: 4 }}>
            {directory}
          </span>
        )}
      </p>
      <QueryView query={repositories} onRetry={resource.reload}>
        {(states) =>
          states.length === 0 ? (
            <EmptyState icon={IconDatabaseOff} title={t('settings.nothingToRead')} />
          ) : (
            <>
              {states.map(({ repository, snapshots }) => (
                <SettingRow
                  key={repository.id}
                  title={repository.name}
                  text={t('settings.inCatalog', { snapshots: formatCounted(snapshots, 'snapshot') })}
                >
                  <Button
                    aria-label={t('settings.readThis', { name: repository.name })}
                    onClick={() => rebuild.run([repository.id])}
                  >
                    {t('settings.readAgain')}
                  </Button>
                </SettingRow>
              ))}
              <Button
                mt="md"
                loading={rebuild.busy}
                onClick={() => rebuild.run(states.map(({ repository }) => repository.id))}
              >
                {t('settings.rebuildAll')}
              </Button>
            </>
          )
        }
      </QueryView>
    </>
  )
}
