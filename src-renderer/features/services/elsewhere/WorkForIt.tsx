import { Button, Checkbox, NumberInput, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { KnownJobServer, OwnRunner, RunnerWish } from '../../../../src-shared/model/known-job-server.ts'
import { errorMessage, translateSaid } from '../../../i18n/said.ts'
import { t } from '../../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../../state/use-app.tsx'
import { useCommand } from '../../../state/use-command.ts'
import { useQuery } from '../../../state/use-query.ts'
import { Status } from '../../../ui/Status.tsx'
import { useLookingAgain } from '../use-looking-again.ts'

interface WorkForItProps {
  readonly server: KnownJobServer
  /** It is known differently now. */
  readonly onChange: () => void
}

/** Makes this computer a runner of a server: its plans can be queued there, by name. */
export function WorkForIt({ server, onChange }: WorkForItProps) {
  const client = useClient()
  const computer = useSharedValue('info')?.computer ?? ''
  const { id, work } = server
  const [draft, setDraft] = useState<RunnerWish>(work ?? { runnerId: computer, byIdOnly: false, parallel: 1 })
  const save = useCommand(
    (wish: RunnerWish | undefined) => client.jobServers.work({ id, ...(wish === undefined ? {} : { work: wish }) }),
    { done: onChange },
  )
  const set = (part: Partial<RunnerWish>) => setDraft((before) => ({ ...before, ...part }))
  const isReady = draft.runnerId.trim() !== ''
  return (
    <section aria-labelledby="work-for-it">
      <div className="hf-row" style={{ marginBottom: 8 }}>
        <h2 id="work-for-it" className="hf-h4 hf-grow">
          {t('fleet.thisComputer')}
        </h2>
        <Switch
          label={t('fleet.workForIt')}
          checked={work !== undefined}
          disabled={save.busy || !isReady}
          onChange={({ currentTarget: { checked } }) => void save.run(checked ? draft : undefined)}
        />
      </div>
      <p className="hf-2">{t('fleet.workText')}</p>
      {work !== undefined && <HowItGoes id={id} />}
      <form
        className="hf-server-form"
        style={{ marginTop: 8 }}
        onSubmit={(event) => {
          event.preventDefault()
          void save.run(draft)
        }}
      >
        <TextInput
          label={t('fleet.runnerName')}
          maxLength={256}
          value={draft.runnerId}
          onChange={({ currentTarget: { value } }) => set({ runnerId: value })}
        />
        <NumberInput
          label={t('fleet.atOnce')}
          min={1}
          max={16}
          value={draft.parallel}
          onChange={(value) => set({ parallel: Number(value) })}
        />
        <Checkbox
          label={t('fleet.onlyNamed')}
          checked={draft.byIdOnly}
          onChange={({ currentTarget: { checked } }) => set({ byIdOnly: checked })}
        />
        {work !== undefined && (
          <Button type="submit" loading={save.busy} disabled={!isReady} style={{ justifySelf: 'start' }}>
            {t('common.save')}
          </Button>
        )}
      </form>
    </section>
  )
}

function HowItGoes({ id }: Pick<KnownJobServer, 'id'>) {
  const working = useQuery(['own-runners'], (client, signal) => client.jobServers.working(undefined, { signal }))
  useLookingAgain(working.reload)
  if (working.state !== 'ready') return null
  const found = working.value.find((one) => one.id === id)
  return found === undefined ? null : <State runner={found} />
}

function State({ runner }: { readonly runner: OwnRunner }) {
  switch (runner.state) {
    case 'connecting':
      return <Status kind="waiting">{t('fleet.connecting')}</Status>
    case 'working':
      return <Status kind="good">{t('fleet.working')}</Status>
    case 'failed':
      return (
        <div role="alert">
          <Status kind="failed">{errorMessage(runner.error)}</Status>
          {runner.error.hint !== undefined && <p className="hf-2">{translateSaid(runner.error.hint)}</p>}
        </div>
      )
  }
}
