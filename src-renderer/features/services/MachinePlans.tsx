import { Button, CloseButton, Loader } from '@mantine/core'
import { IconPlayerPlay } from '@tabler/icons-react'
import type { TerminalBatch } from '../../../src-shared/model/remote-job.ts'
import { t } from '../../i18n/translate.ts'
import { useCommand } from '../../state/use-command.ts'
import { useStream } from '../../state/use-stream.ts'
import { Status } from '../../ui/Status.tsx'
import type { AskedServer } from './asked-server.ts'
import { type MachinePlan, plansIn } from './machine-plans.ts'

interface MachinePlansProps {
  readonly server: AskedServer
  readonly runner: string
  /** The job that asks for them. */
  readonly jobId: string
  readonly onClose: () => void
}

/** The plans of another machine, with how each stands; each can be run from here. */
export function MachinePlans({ server, runner, jobId, onClose }: MachinePlansProps) {
  const { state, ended, failure } = useStream<TerminalBatch, readonly MachinePlan[] | undefined>({
    key: jobId,
    open: (client, signal) => server.output(client, jobId, signal),
    initial: undefined,
    apply: plansIn,
  })
  return (
    <section className="hf-card hf-server-card hf-machine-plans" aria-label={t('runners.plansOf', { runner })}>
      <div className="hf-row">
        <h3 className="hf-h4 hf-grow hf-ell">{t('runners.plansOf', { runner })}</h3>
        <CloseButton aria-label={t('common.close')} onClick={onClose} />
      </div>
      {state === undefined ? (
        <div className="hf-row" role="status">
          {!ended && failure === undefined && <Loader size={14} />}
          <span className="hf-2 hf-grow">
            {ended || failure !== undefined ? t('runners.noPlansTold') : t('runners.asksForPlans')}
          </span>
          <Button size="compact-sm" onClick={() => server.show(jobId)}>
            {t('runners.showJob')}
          </Button>
        </div>
      ) : state.length === 0 ? (
        <p className="hf-2">{t('runners.hasNoPlans')}</p>
      ) : (
        <ul>
          {state.map((plan) => (
            <PlanOfMachine
              key={plan.id}
              plan={plan}
              // By its name, which the queue shows, where that says which one is meant.
              called={state.filter(({ name }) => name === plan.name).length === 1 ? plan.name : plan.id}
              server={server}
              runner={runner}
            />
          ))}
        </ul>
      )}
    </section>
  )
}

interface PlanOfMachineProps {
  readonly plan: MachinePlan
  readonly called: string
  readonly server: AskedServer
  readonly runner: string
}

function PlanOfMachine({ plan: { name, health }, called, server, runner }: PlanOfMachineProps) {
  const run = useCommand(async () => server.show(await server.queue({ words: ['backup', called], runner })))
  return (
    <li className="hf-row hf-machine-plan">
      <span className="hf-med hf-grow hf-ell" title={name}>
        {name}
      </span>
      {health !== undefined && <Status kind={health} size="sm" />}
      <Button
        size="compact-sm"
        loading={run.busy}
        aria-label={t('shell.backUpNow', { name })}
        leftSection={<IconPlayerPlay size={14} stroke={1.75} aria-hidden />}
        onClick={() => void run.run()}
      >
        {t('common.backUpNow')}
      </Button>
    </li>
  )
}
