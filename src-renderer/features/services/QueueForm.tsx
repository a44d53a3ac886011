import { Autocomplete, Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../i18n/translate.ts'
import { useCommand } from '../../state/use-command.ts'
import type { AskedServer } from './asked-server.ts'

interface QueueFormProps {
  /** Ids that are known; another can be typed. */
  readonly runners: readonly string[]
  readonly server: AskedServer
}

/** Queues the run of a plan that another machine has. */
export function QueueForm({ runners, server }: QueueFormProps) {
  const [plan, setPlan] = useState('')
  const [runner, setRunner] = useState('')
  const queue = useCommand(async () => {
    const to = runner.trim() === '' ? {} : { runner: runner.trim() }
    server.show(await server.queue({ words: ['backup', plan.trim()], ...to }))
  })
  return (
    <form
      className="hf-server-form"
      aria-label={t('runners.queueOn')}
      style={{ marginTop: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        void queue.run()
      }}
    >
      <TextInput
        label={t('runners.planThere')}
        description={t('runners.planThereHelp')}
        value={plan}
        maxLength={200}
        onChange={(event) => setPlan(event.currentTarget.value)}
      />
      <Autocomplete
        label={t('runners.on')}
        placeholder={t('runners.anyRunner')}
        maxLength={256}
        data={[...runners]}
        value={runner}
        onChange={setRunner}
      />
      <Button type="submit" loading={queue.busy} disabled={plan.trim() === ''} style={{ justifySelf: 'start' }}>
        {t('runners.queueBackup')}
      </Button>
    </form>
  )
}
