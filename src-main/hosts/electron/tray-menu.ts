import type { Job } from '../../../src-shared/model/job.ts'

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
}

/** What the tray says and offers, as plain data. `undefined` is a separator. */
export function trayMenu({ jobs, pausedUntil, formatTime }: TrayFacts): readonly (TrayItem | undefined)[] {
  const running = jobs.filter(({ status }) => status.state === 'running')
  return [
    { label: traySentence(running, pausedUntil, formatTime), enabled: false },
    ...running.slice(0, 3).map(
      (job): TrayItem => ({
        label: job.title,
        enabled: true,
        action: { type: 'open', route: `/activity/${job.id}` },
      }),
    ),
    undefined,
    { label: 'Open Holdfast', enabled: true, action: { type: 'open', route: '/' } },
    { label: 'Restore files', enabled: true, action: { type: 'open', route: '/snapshots' } },
    undefined,
    ...(pausedUntil === undefined
      ? [1, 3, 8].map(
          (hours): TrayItem => ({
            label: `Pause for ${hours} ${hours === 1 ? 'hour' : 'hours'}`,
            enabled: true,
            action: { type: 'pause', hours },
          }),
        )
      : [{ label: 'Resume now', enabled: true, action: { type: 'resume' } } satisfies TrayItem]),
    undefined,
    { label: 'Quit Holdfast', enabled: true, action: { type: 'quit' } },
  ]
}

/** Hover text, and the first line of the menu. */
export function traySentence(
  running: readonly Job[],
  pausedUntil: number | undefined,
  formatTime: (milliseconds: number) => string,
): string {
  const first = running[0]
  if (first?.status.state === 'running') {
    const { doneBytes, totalBytes } = first.status.progress
    const percent = totalBytes ? `, ${Math.min(100, Math.floor((doneBytes / totalBytes) * 100))} %` : ''
    return running.length === 1 ? `${first.title}${percent}` : `${running.length} jobs are running`
  }
  return pausedUntil === undefined ? 'Nothing is running' : `All plans are paused until ${formatTime(pausedUntil)}`
}
