import { IconGripVertical } from '@tabler/icons-react'
import { useState } from 'react'
import type { JobId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { JobRow } from './JobRow.tsx'

/** What waits, next first. Dragged into another order, or moved with Alt and the arrow keys. */
export function WaitingJobs({ jobs, chosen }: { readonly jobs: readonly Job[]; readonly chosen: string | undefined }) {
  const client = useClient()
  const [dragged, setDragged] = useState<JobId>()
  const [over, setOver] = useState<JobId>()
  const move = useCommand((id: JobId, before: JobId | undefined) =>
    client.jobs.reorder(before === undefined ? { id } : { id, before }),
  )
  const moveBy = (at: number, step: -1 | 1) => {
    const job = jobs[at]
    if (job === undefined || (step === -1 && at === 0)) return
    void move.run(job.id, jobs[step === -1 ? at - 1 : at + 2]?.id)
  }
  return (
    <section aria-label={t('common.waiting')}>
      <h3 className="hf-list-group">{t('jobs.waitingNextFirst')}</h3>
      {jobs.map((job, at) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the row inside is the link; this only lets it be moved
        <div
          key={job.id}
          draggable
          data-over={over === job.id || undefined}
          onDragStart={() => setDragged(job.id)}
          onDragEnd={() => {
            setDragged(undefined)
            setOver(undefined)
          }}
          onDragOver={(event) => {
            if (dragged === undefined || dragged === job.id) return
            event.preventDefault()
            setOver(job.id)
          }}
          onDrop={() => dragged !== undefined && void move.run(dragged, job.id)}
          onKeyDown={(event) => {
            if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
            event.preventDefault()
            moveBy(at, event.key === 'ArrowUp' ? -1 : 1)
          }}
          title={t('jobs.dragToReorder')}
        >
          <JobRow
            job={job}
            isChosen={job.id === chosen}
            icon={
              <IconGripVertical size={16} stroke={1.75} className="hf-3" role="img" aria-label={t('common.waiting')} />
            }
          />
        </div>
      ))}
    </section>
  )
}
