import { Button, Select } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import type { SecretId } from '../../../src-shared/model/ids.ts'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { buttonBeside } from '../button-beside.tsx'
import { QueryView } from '../QueryView.tsx'
import { connectServer } from './connect-server.tsx'

interface ServerSelectProps {
  readonly value: SecretId | undefined
  readonly onChange: (server: KnownJobServer) => void
}

/** One of the job servers that a person connected to, or one to connect to now. */
export function ServerSelect({ value, onChange }: ServerSelectProps) {
  const known = useQuery(['job-servers'], (client, signal) => client.jobServers.list(undefined, { signal }), {
    keep: true,
  })
  return (
    <QueryView query={known} onRetry={known.reload}>
      {(servers) => (
        <Select
          label={t('services.jobServer')}
          placeholder={servers.length === 0 ? t('fleet.noneKnown') : t('fleet.choose')}
          allowDeselect={false}
          data={servers.map(({ id, name, address }) => ({
            value: id,
            label: name === address ? address : t('fleet.nameAt', { name, address }),
          }))}
          value={value ?? null}
          onChange={(id) => {
            const chosen = servers.find((server) => server.id === id)
            if (chosen !== undefined) onChange(chosen)
          }}
          inputContainer={buttonBeside(
            <Button
              leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />}
              onClick={() =>
                connectServer((server) => {
                  known.reload()
                  onChange(server)
                })
              }
            >
              {t('fleet.connectAnother')}
            </Button>,
          )}
        />
      )}
    </QueryView>
  )
}
