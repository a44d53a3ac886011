import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { Terminal } from '../../engines/vagrant/runner/terminal.ts'
import { progressWords } from './progress-words.ts'

const progressEveryMs = 1000

/** Runs a job of this app on a terminal far away: its log as lines, its progress as status, to its end. An abort cancels it. */
export async function showJob(
  { client, terminal }: { readonly client: Client; readonly terminal: Terminal },
  { id }: Job,
  signal: AbortSignal,
): Promise<Job> {
  const cancel = (): void => {
    client.jobs.cancel({ id }).catch(() => undefined) // it has just ended by itself
  }
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  const over = new AbortController()
  const progress = tellProgress(client, terminal, { id, signal: over.signal })
  try {
    for await (const { lines } of await client.jobs.followLog({ id, level: 'info' })) {
      for (const { level, message, path } of lines) {
        const style = level === 'warn' ? 'warning' : level === 'error' ? 'error' : ''
        await terminal.line(path === undefined ? message : `${path}: ${message}`, style)
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    over.abort()
    await progress
  }
  return client.jobs.get({ id })
}

async function tellProgress(
  client: Client,
  terminal: Terminal,
  { id, signal }: { readonly id: Job['id']; readonly signal: AbortSignal },
): Promise<void> {
  let last = ''
  while (!signal.aborted) {
    const { status } = await client.jobs.get({ id })
    const words =
      status.state === 'running' ? progressWords(status.progress) : status.state === 'waiting' ? status.reason : ''
    if (words !== '' && words !== last) {
      last = words
      await terminal.write({ case: 'status', value: { status: status.state, msg: words, step: false } })
    }
    await sleep(progressEveryMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
