import { Button } from '@mantine/core'
import { IconShieldExclamation } from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { OpenAnomaly } from '../../../src-shared/model/anomaly.ts'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import type { LiveQuery } from '../../state/use-query.ts'
import { AnomalySigns } from '../../ui/AnomalySigns.tsx'
import { When } from '../../ui/When.tsx'

/** Backups that look as if something happened to the files: what was seen, what is safe, and the one thing to say. */
export function AnomalyWarnings({ open }: { readonly open: LiveQuery<readonly OpenAnomaly[]> }) {
  // Without an answer there is nothing to warn of yet; the plans beside it say when the app does not answer.
  if (open.state !== 'ready') return null
  return open.value.map((anomaly) => <Warning key={anomaly.jobId} anomaly={anomaly} onSettled={open.reload} />)
}

function Warning({ anomaly, onSettled }: { readonly anomaly: OpenAnomaly; readonly onSettled: () => void }) {
  const client = useClient()
  const navigate = useNavigate()
  const { pinned, jobId } = anomaly
  const title = t('trust.unusual', { title: translateSaid(anomaly.title) })
  const acknowledge = useCommand(() => client.anomalies.acknowledge({ jobId }), { done: onSettled })
  const openSnapshot = useCommand(async (id: SnapshotId) => {
    const { lineageId } = await client.snapshots.get({ id })
    await navigate(`/snapshots/${lineageId}?at=${id}`)
  })
  return (
    <section className="hf-card hf-anomaly" aria-label={title}>
      <IconShieldExclamation size={24} stroke={1.6} className="hf-bad" aria-hidden />
      <div className="hf-grow">
        <h2 className="hf-h4">{title}</h2>
        <p className="hf-sm hf-2">
          <When at={anomaly.at} as="moment" />
        </p>
        <AnomalySigns anomaly={anomaly} />
        <p className="hf-2">{pinned === undefined ? t('trust.nothingPinned') : t('trust.lastGoodKept')}</p>
        <div className="hf-row" style={{ flexWrap: 'wrap', marginTop: 12 }}>
          {pinned !== undefined && (
            <Button variant="filled" loading={openSnapshot.busy} onClick={() => void openSnapshot.run(pinned)}>
              {t('trust.openLastGood')}
            </Button>
          )}
          <Button component={Link} to={`/activity/${jobId}`}>
            {t('trust.openJob')}
          </Button>
          <Button loading={acknowledge.busy} onClick={() => void acknowledge.run()}>
            {t('trust.itIsFine')}
          </Button>
        </div>
      </div>
    </section>
  )
}
