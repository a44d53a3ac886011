import { Button } from '@mantine/core'
import { IconListSearch, IconRecycle, IconShieldCheck, IconTool } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import type { Job } from '../../../src-shared/model/job.ts'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { formatBytes, formatMoment } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { guideRepair } from './guided-repair.tsx'

const ROTATION_DAYS = 20

/** What keeps a repository healthy, with when it was last done. Shows what the repository can do. */
export function Maintenance({ state }: { readonly state: RepositoryState }) {
  const now = useNow()
  const client = useClient()
  const navigate = useNavigate()
  const { repository, capabilities, lastVerify, lastGarbageCollection } = state
  const { id } = repository
  return (
    <section className="hf-card hf-sec" aria-labelledby="maintenance">
      <h2 id="maintenance" className="hf-h4" style={{ marginBottom: 8 }}>
        {t('repositories.maintenance')}
      </h2>
      {capabilities.includes('verify') && (
        <Row
          icon={IconShieldCheck}
          title={t('repositories.verify')}
          text={
            lastVerify === undefined
              ? t('repositories.verifyNever')
              : t('repositories.verifyLast', { when: formatMoment(lastVerify.at, now), days: ROTATION_DAYS })
          }
          action={t('repositories.verify')}
          start={() => client.repositories.verify({ id, skipVerifiedWithinDays: ROTATION_DAYS })}
        />
      )}
      {capabilities.includes('verify') && (
        <div className="hf-maintenance">
          <IconTool size={16} stroke={1.75} className="hf-3" aria-hidden />
          <div>
            <div className="hf-med">{t('repair.repair')}</div>
            <div className="hf-sm hf-2">{t('repair.repairText')}</div>
          </div>
          <Button size="compact-md" onClick={() => guideRepair(repository, (job) => void navigate(`/activity/${job}`))}>
            {t('repair.repair')}
          </Button>
        </div>
      )}
      {capabilities.includes('collect-garbage') && (
        <Row
          icon={IconRecycle}
          title={t('repositories.garbage')}
          text={
            lastGarbageCollection === undefined
              ? t('repositories.garbageNever')
              : t('repositories.garbageLast', {
                  when: formatMoment(lastGarbageCollection.at, now),
                  bytes: formatBytes(lastGarbageCollection.freedBytes),
                })
          }
          action={t('repositories.collect')}
          start={() => client.repositories.collectGarbage({ id })}
        />
      )}
      <Row
        icon={IconListSearch}
        title={t('repositories.catalog')}
        text={t('repositories.catalogText')}
        action={t('repositories.readAgain')}
        start={() => client.repositories.index({ id })}
      />
    </section>
  )
}

interface RowProps {
  readonly icon: typeof IconRecycle
  readonly title: string
  readonly text: string
  readonly action: string
  readonly start: () => Promise<Job>
}

function Row({ icon: Icon, title, text, action, start }: RowProps) {
  const navigate = useNavigate()
  const run = useCommand(async () => {
    await navigate(`/activity/${(await start()).id}`)
  })
  return (
    <div className="hf-maintenance">
      <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
      <div>
        <div className="hf-med">{title}</div>
        <div className="hf-sm hf-2">{text}</div>
      </div>
      <Button
        size="compact-md"
        aria-label={t('repositories.actionOf', { action, title })}
        loading={run.busy}
        onClick={() => run.run()}
      >
        {action}
      </Button>
    </div>
  )
}
