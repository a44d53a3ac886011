import type { JobLog } from './job-log.ts'

/** Of one task; the server keeps the whole log, a job's is for people. */
const MAX_LINES = 2000
/** Our log has times of its own: `2024-06-04T11:20:00Z: verify …`, in whatever zone the server is. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d): /

/** Takes the log of a server's task into that of the job, line by line while the task runs. */
export function serverLines(log: Pick<JobLog, 'line'>): (line: string) => void {
  let lines = 0
  return (line) => {
    lines++
    if (lines <= MAX_LINES) log.line('info', `Server: ${line.replace(TIME, '')}`)
    else if (lines === MAX_LINES + 1) log.line('info', 'Server: more lines, which are in its own log.')
  }
}
