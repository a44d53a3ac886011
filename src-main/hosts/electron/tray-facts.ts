import type { Client } from '../../../src-shared/contract/index.ts'
import type { Job, JobEvent } from '../../../src-shared/model/job.ts'
import { outsideWords } from '../../app/outside-words.ts'
import type { TrayFacts } from './tray-menu.ts'

const formatTime = (milliseconds: number) =>
  new Date(milliseconds).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

/** Follows jobs and the pause, and shows each change. Ends when the app closes its streams. */
export async function followTrayFacts(client: Client, show: (facts: TrayFacts) => void): Promise<void> {
  let jobs: readonly Job[] = []
  let pausedUntil: number | undefined
  let words = outsideWords('system')
  const refresh = () => show({ jobs, pausedUntil, formatTime, words })
  const followJobs = async () => {
    for await (const event of await client.jobs.events()) {
      jobs = applyJobEvent(jobs, event)
      refresh()
    }
  }
  const followPause = async () => {
    for await (const { areas } of await client.app.changes()) {
      if (areas.includes('settings')) words = outsideWords((await client.app.settings()).language)
      if (areas.includes('pause')) pausedUntil = (await client.app.pauseState()).pausedUntil
      if (!areas.includes('settings') && !areas.includes('pause')) continue
      refresh()
    }
  }
  try {
    await Promise.all([followJobs(), followPause()])
  } catch (error) {
    console.error('The tray no longer follows the app:', error)
  }
}

/** Only what is not finished matters to the tray. */
export function applyJobEvent(jobs: readonly Job[], event: JobEvent): readonly Job[] {
  const isOpen = ({ status }: Job) => status.state !== 'success' && status.state !== 'error'
  switch (event.type) {
    case 'snapshot':
      return event.jobs.filter(isOpen)
    case 'changed':
      return [...jobs.filter(({ id }) => id !== event.job.id), event.job].filter(isOpen)
    case 'removed':
      return jobs.filter(({ id }) => id !== event.id)
  }
}
