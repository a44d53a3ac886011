import { useRef } from 'react'
import type { Job, JobProgress } from '../../src-shared/model/job.ts'
import { useJobs } from './use-app.tsx'

/** `live` is some four times a second, for what is watched; `calm` is once a second, for what stands beside it. */
export type Pace = 'live' | 'calm'

/**
 * Something of how far a job is; draws its component only when it says something else. Undefined when the job does not
 * run.
 */
export function useProgress<T>(job: Job, select: (progress: JobProgress) => T, pace: Pace = 'live'): T | undefined {
  const last = useRef<{ readonly text: string; readonly value: T | undefined }>(undefined)
  return useJobs(({ byId, calm }) => {
    const { status } = (pace === 'live' ? byId : calm).get(job.id) ?? job
    const value = status.state === 'running' ? select(status.progress) : undefined
    if (typeof value !== 'object') return value
    const text = JSON.stringify(value)
    if (last.current?.text !== text) last.current = { text, value }
    return last.current.value
  })
}
