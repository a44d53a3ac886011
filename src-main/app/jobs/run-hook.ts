import { spawn } from 'node:child_process'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { JobLog } from './job-log.ts'
import type { JobTools } from './job-tools.ts'

/** What a program may say before the rest is dropped. */
const maximumOutput = 64 * 1024
const timeoutMs = 60 * 60_000

export interface HookRun {
  readonly log: JobLog
  /** Told to the hook after a backup, as HOLDFAST_RESULT. */
  readonly result: 'success' | 'failure' | undefined
}

/**
 * Runs a program of the person's with its arguments, never through a shell. It learns of the job by HOLDFAST_* variables. Its
 * output becomes lines of the log. Throws `hook/failed` when it does not end with 0.
 */
export async function runHook(command: readonly string[], { log, result }: HookRun, tools: JobTools): Promise<void> {
  const [program, ...args] = command
  if (program === undefined) return
  log.line('info', `Runs ${program}.`)
  const child = spawn(program, args, {
    shell: false,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    signal: result === undefined ? tools.signal : undefined,
    env: {
      ...process.env,
      HOLDFAST_JOB: tools.order.jobId,
      HOLDFAST_KIND: tools.order.spec.kind,
      ...(result === undefined ? {} : { HOLDFAST_RESULT: result }),
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      if (output.length < maximumOutput) output += text
    })
  }
  const end = await new Promise<string | undefined>((resolve, reject) => {
    child.on('error', (error) => {
      if (tools.signal.aborted && result === undefined) reject(tools.signal.reason)
      else resolve('code' in error && error.code === 'ENOENT' ? 'there is no such program' : error.message)
    })
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : `it ended with ${signal ?? code}`))
  })
  for (const line of output.slice(0, maximumOutput).split('\n'))
    if (line.trim() !== '') log.line('info', line.trimEnd())
  if (end !== undefined) throw new HoldfastError('hook/failed', { detail: `${program}: ${end}.` })
}
