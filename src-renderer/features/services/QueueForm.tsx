import { Button, Select, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import type { ConnectedRunner } from '../../../src-shared/model/remote-job.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'

const anybody = ''

/** Queues the run of a plan that another machine has; Activity shows how it goes. */
export function QueueForm({ runners }: { readonly runners: readonly ConnectedRunner[] }) {
  const client = useClient()
  const navigate = useNavigate()
  const [plan, setPlan] = useState('')
  const [runner, setRunner] = useState(anybody)
  const queue = useCommand(async () => {
    const to = runner === anybody ? {} : { runner }
    const { jobId } = await client.jobServer.queue({ words: ['backup', plan.trim()], ...to })
    await navigate(`/activity/${jobId}`)
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
      <Select
        label={t('runners.on')}
        allowDeselect={false}
        data={[
          { value: anybody, label: t('runners.anyRunner') },
          ...runners.map(({ id }) => ({ value: id, label: id })),
        ]}
        value={runner}
        onChange={(value) => setRunner(value ?? anybody)}
      />
      <Button type="submit" loading={queue.busy} disabled={plan.trim() === ''} style={{ justifySelf: 'start' }}>
        {t('runners.queueBackup')}
      </Button>
    </form>
  )
}
