import type { Job } from './job.ts'

const kinds: ReadonlySet<Job['spec']['kind']> = new Set([
  'backup',
  'restore',
  'verify',
  'test-restore',
  'copy',
  'remove-from-history',
  'collect-garbage',
  'index',
])

/** Whether a job may stand still: not while a database or another server waits at the other end. */
export function isPausable({ spec, status }: Job): boolean {
  if (status.state !== 'running' || !kinds.has(spec.kind)) return false
  return spec.kind !== 'backup' || spec.source.kind === 'folders' || spec.source.kind === 'image'
}
