import type { Job } from '../../../src-shared/model/job.ts'
import type { OutsideWords } from '../../app/outside-words.ts'

export type TrayAction =
  | { readonly type: 'open'; readonly route: string }
  | { readonly type: 'pause'; readonly hours: number }
  | { readonly type: 'resume' }
  | { readonly type: 'quit' }

export interface TrayItem {
  readonly label: string
  readonly enabled: boolean
  readonly action?: TrayAction
}

export interface TrayFacts {
  readonly jobs: readonly Job[]
  readonly pausedUntil?: number | undefined
  /** Local time to the minute. */
  formatTime(milliseconds: number): string
  readonly words: OutsideWords
}

/** What the tray says and offers, as plain data. `undefined` is a separator. */
export function trayMenu(facts: TrayFacts): readonly (TrayItem | undefined)[] {
  const { jobs, pausedUntil, words } = facts
  const running = jobs.filter(({ status }) => status.state === 'running')
  return [
    { label: traySentence(facts), enabled: false },
    ...running.slice(0, 3).map(
      (job): TrayItem => ({
        label: words.title(job),
        enabled: true,
        action: { type: 'open', route: `/activity/${job.id}` },
      }),
    ),
    undefined,
    { label: words.open, enabled: true, action: { type: 'open', route: '/' } },
    { label: words.restore, enabled: true, action: { type: 'open', route: '/snapshots' } },
    undefined,
    ...(pausedUntil === undefined
      ? [1, 3, 8].map(
          (hours): TrayItem => ({
            label: words.pauseFor(hours),
            enabled: true,
            action: { type: 'pause', hours },
          }),
        )
      : [{ label: words.resume, enabled: true, action: { type: 'resume' } } satisfies TrayItem]),
    undefined,
    { label: words.quit, enabled: true, action: { type: 'quit' } },
  ]
}

/** Hover text, and the first line of the menu. */
export function traySentence({ jobs, pausedUntil, formatTime, words }: TrayFacts): string {
  const running = jobs.filter(({ status }) => status.state === 'running')
  const first = running[0]
  if (first?.status.state === 'running') {
    const { doneBytes, totalBytes } = first.status.progress
    const percent = totalBytes ? `, ${Math.min(100, Math.floor((doneBytes / totalBytes) * 100))} %` : ''
    return running.length === 1 ? `${words.title(first)}${percent}` : words.jobsRunning(running.length)
  }
  return pausedUntil === undefined ? words.nothingRunning : words.pausedUntil(formatTime(pausedUntil))
}
