import { Anchor, Button, Stepper } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { Repository } from '../../../src-shared/model/repository.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useJobs, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { formatCounted } from '../../ui/format.ts'
import { jobLine } from '../../ui/job-words.ts'
import { Forgettable } from './Forgettable.tsx'
import { repairStep, verifyOf } from './repair-steps.ts'

/** Leads through a repair: look, store again what was lost, look again, and say what stays lost. */
export function guideRepair(repository: Repository, onOpen: (id: JobId) => void): void {
  modals.open({
    title: t('repair.title', { name: repository.name }),
    size: 620,
    children: <GuidedRepair repository={repository} onOpen={onOpen} />,
  })
}

const order = ['check', 'store-again', 'check-again', 'done'] as const

interface GuidedRepairProps {
  readonly repository: Repository
  /** Dialogs stand outside of the routes, so whoever opened this one leads to a job. */
  readonly onOpen: (id: JobId) => void
}

function GuidedRepair({ repository: { id }, onOpen }: GuidedRepairProps) {
  const client = useClient()
  const plans = (useSharedValue('plans') ?? []).filter(({ plan }) =>
    plan.destinations.some(({ repositoryId }) => repositoryId === id),
  )
  const [ids, setIds] = useState<{ check?: JobId; backups: readonly JobId[]; checkAgain?: JobId }>({ backups: [] })
  const byId = useJobs((state) => state.byId)
  const jobOf = (one: JobId | undefined) => (one === undefined ? undefined : byId.get(one))
  const jobs = {
    check: jobOf(ids.check),
    backups: ids.backups.flatMap((one) => byId.get(one) ?? []),
    checkAgain: jobOf(ids.checkAgain),
  }
  const step = repairStep(jobs)
  const found = verifyOf(jobs.check)
  const left = verifyOf(jobs.checkAgain) ?? found

  const check = useCommand(async () => {
    const { id: check } = await client.repositories.verify({ id })
    setIds({ backups: [], check })
  })
  const store = useCommand(async () => {
    const started: Job[] = []
    for (const { plan } of plans) started.push(...(await client.plans.run({ id: plan.id, repositoryId: id })))
    setIds({ ...ids, backups: started.map((job) => job.id) })
  })
  const again = useCommand(async () => {
    const { id: checkAgain } = await client.repositories.verify({ id })
    setIds({ ...ids, checkAgain })
  })
  return (
    <>
      <Stepper active={order.indexOf(step)} orientation="vertical" size="xs" aria-label={t('repair.steps')}>
        <Stepper.Step label={t('repair.check')} description={t('repair.checkHelp')}>
          <Progress jobs={jobs.check === undefined ? [] : [jobs.check]} onOpen={onOpen} />
          <Next label={t('repair.check')} command={check} isStarted={ids.check !== undefined} />
        </Stepper.Step>
        <Stepper.Step label={t('repair.storeAgain')} description={t('repair.storeAgainHelp')}>
          {found !== undefined && (
            <p>
              {t('repair.found', {
                blocks: formatCounted(found.corrupt, 'damagedBlock'),
                snapshots: formatCounted(found.affected.length, 'snapshot'),
              })}
            </p>
          )}
          <Progress jobs={jobs.backups} onOpen={onOpen} />
          {plans.length === 0 ? (
            <p className="hf-2">{t('repair.noPlan')}</p>
          ) : (
            <Next label={t('repair.storeAgain')} command={store} isStarted={ids.backups.length > 0} />
          )}
          {plans.length === 0 && <Next label={t('repair.checkAgain')} command={again} isStarted={false} />}
        </Stepper.Step>
        <Stepper.Step label={t('repair.checkAgain')} description={t('repair.checkAgainHelp')}>
          <Progress jobs={jobs.checkAgain === undefined ? [] : [jobs.checkAgain]} onOpen={onOpen} />
          <Next label={t('repair.checkAgain')} command={again} isStarted={ids.checkAgain !== undefined} />
        </Stepper.Step>
      </Stepper>
      {step === 'done' && left !== undefined && (
        <div role="status" style={{ marginTop: 12 }}>
          {left.affected.length === 0 ? (
            <p className="hf-ok">{found?.corrupt === 0 ? t('repair.nothing') : t('repair.whole')}</p>
          ) : (
            <Forgettable repositoryId={id} affected={left.affected} />
          )}
        </div>
      )}
    </>
  )
}

/** How the jobs of a step are going. */
function Progress({ jobs, onOpen }: { readonly jobs: readonly Job[] } & Pick<GuidedRepairProps, 'onOpen'>) {
  return jobs.map((job) => (
    <p key={job.id} className="hf-sm">
      <Anchor
        component="button"
        size="sm"
        onClick={() => {
          modals.closeAll()
          onOpen(job.id)
        }}
      >
        {translateSaid(job.title)}
      </Anchor>
      {': '}
      <span className="hf-2">{jobLine(job)}</span>
    </p>
  ))
}

interface NextProps {
  readonly label: string
  readonly command: { readonly run: () => Promise<unknown>; readonly busy: boolean }
  readonly isStarted: boolean
}

function Next({ label, command, isStarted }: NextProps) {
  if (isStarted) return null
  return (
    <Button variant="filled" mt={8} loading={command.busy} onClick={() => command.run()}>
      {label}
    </Button>
  )
}
