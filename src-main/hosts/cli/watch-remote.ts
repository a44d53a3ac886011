import { assertNever } from '../../../src-shared/assert-never.ts'
import type { SecretId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import type { TerminalEvent } from '../../../src-shared/model/remote-job.ts'
import { exitCodes, printable } from './output.ts'
import type { Session } from './session.ts'

/**
 * Follows a job of another machine to its end: what it prints on standard error, how it ended on standard output. Ctrl-C cancels it
 * and waits. Exit codes are those of a job of this machine.
 */
export async function watchRemote(
  { client, output, signal }: Session,
  job: { readonly id: SecretId; readonly queueId: string },
): Promise<void> {
  const cancel = (): void => {
    output.note('Cancelling over there. Press Ctrl-C again to leave at once.')
    client.jobServers.cancel(job).catch(() => undefined) // it has just ended by itself
  }
  signal.addEventListener('abort', cancel, { once: true })
  let last: Job | undefined
  try {
    for await (const event of await client.jobServers.watch(job)) {
      if (output.isJson) output.result(event, '')
      switch (event.type) {
        case 'job':
          last = event.job
          break
        case 'output':
          if (!output.isJson) for (const line of event.events.flatMap(textOf)) output.note(line)
          break
        case 'lost':
          output.note('The job server is away. Waiting for it.')
          break
        default:
          assertNever(event)
      }
    }
  } finally {
    signal.removeEventListener('abort', cancel)
  }
  if (last === undefined) throw new Error('the stream ended before the job did')
  const { status, title } = last
  const isGood = status.state === 'success'
  if (!isGood) process.exitCode = signal.aborted ? exitCodes.interrupted : exitCodes.error
  output.result(
    last,
    isGood ? `${title}: done.` : `${title}: ${status.state === 'error' ? status.error.message : status.state}`,
  )
}

/** A terminal event as lines. */
function textOf(event: TerminalEvent): string[] {
  switch (event.kind) {
    case 'line':
    case 'raw':
      return split(event.text)
    case 'status':
      return split(`${event.status}: ${event.text}`)
    case 'values':
      return event.values.map(({ name, value }) => `${name}: ${value}`)
    case 'table':
      return [event.headers, ...event.rows.map((row) => row.map(({ text }) => text))].map((cells) => cells.join('  '))
    case 'step':
      return [...split(`${event.text} ${event.status}`), ...split(event.output)]
    case 'step-group':
      return []
    default:
      return assertNever(event)
  }
}

function split(text: string): string[] {
  return text
    .split('\n')
    .filter((line, i, all) => line !== '' || i < all.length - 1)
    .map(printable)
}
