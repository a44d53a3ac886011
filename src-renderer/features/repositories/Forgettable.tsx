import { Button } from '@mantine/core'
import type { RepositoryId } from '../../../src-shared/model/ids.ts'
import type { JobSummary } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { confirm } from '../../ui/confirm.tsx'
import { formatCounted } from '../../ui/format.ts'

const MOST_FILES = 5
const MOST_SNAPSHOTS = 5000

export interface ForgettableProps {
  readonly repositoryId: RepositoryId
  readonly affected: NonNullable<JobSummary['verify']>['affected']
}

/** What no backup brings back, by snapshot and file. The rest of each snapshot is whole, so forgetting is only offered. */
export function Forgettable({ repositoryId, affected }: ForgettableProps) {
  const client = useClient()
  const snapshots = useQuery(
    ['damaged', repositoryId],
    (api, signal) => api.snapshots.list({ repositoryId, limit: MOST_SNAPSHOTS }, { signal }),
    { areas: ['snapshots'] },
  )
  const damaged =
    snapshots.state === 'ready'
      ? snapshots.value.filter((one) => one.verify?.state === 'failed' && !one.protected).map(({ id }) => id)
      : []
  const words = formatCounted(damaged.length, 'snapshot')
  const forget = useCommand(async () => {
    const isSure = await confirm({
      title: t('repair.forgetThese', { snapshots: words }),
      children: t('repair.forgetText'),
      confirm: t('repair.forget', { snapshots: words }),
    })
    if (isSure) await client.snapshots.forget({ ids: damaged })
  })
  return (
    <>
      <p className="hf-bad">{t('repair.lost', { snapshots: formatCounted(affected.length, 'snapshot') })}</p>
      <ul className="hf-sm" style={{ margin: '8px 0' }}>
        {affected.map(({ snapshot, files }) => (
          <li key={snapshot}>
            <span className="hf-mono">{snapshot}</span>
            <span className="hf-2"> {files.slice(0, MOST_FILES).join(', ')}</span>
            {files.length > MOST_FILES && <span className="hf-3"> +{files.length - MOST_FILES}</span>}
          </li>
        ))}
      </ul>
      <p className="hf-sm hf-2">{t('repair.restWhole')}</p>
      {damaged.length > 0 && (
        <Button mt={8} data-danger loading={forget.busy} onClick={() => forget.run()}>
          {t('repair.forget', { snapshots: words })}
        </Button>
      )}
    </>
  )
}
