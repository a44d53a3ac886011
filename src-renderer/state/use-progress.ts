import { useRef } from 'react'
import type { Job, JobProgress } from '../../src-shared/model/job.ts'
import { useJobs } from './use-app.tsx'

/**
 * Something of how far a job is, some five times a second; draws its component only when it says something else. Undefined
 * when the job does not run.
 */
export function useProgress<T>(job: Job, select: (progress: JobProgress) => T): T | undefined {
  const last = useRef<{ readonly text: string; readonly value: T | undefined }>(undefined)
  return useJobs(({ byId }) => {
    const { status } = byId.get(job.id) ?? job
    const value = status.state === 'running' ? select(status.progress) : undefined
    if (typeof value !== 'object') return value
    const text = JSON.stringify(value)
    if (last.current?.text !== text) last.current = { text, value }
    return last.current.value
  })
}
