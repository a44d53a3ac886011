import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { describeSystemError, errorCode } from '../../../os/system-error.ts'
import { LineTail } from './line-tail.ts'

/** Between asking a program to stop and ending it (spec xtrabackup-agent §8). */
const stopGraceMs = 10_000
/** What `runProgram` keeps of an output; a listing of a hundred thousand tables is 10 MiB. */
const outputBytesLimit = 64 * 1024 * 1024

export interface ProgramOptions {
  /** Stops the program; its output then ends with the signal's reason. */
  readonly signal: AbortSignal
  readonly input?: string
  readonly cwd?: string
  readonly onLine?: (line: string) => void
}

/** A program that runs: started without a shell, its arguments are never text that anything interprets. */
export interface RunningProgram {
  /** Its standard output; to be read to its end, or `stop` to be called. */
  readonly output: AsyncIterable<Uint8Array>
  /** What it wrote to its standard error, the last lines of it. */
  readonly errors: LineTail
  /** The exit status, `undefined` when a signal ended it. */
  ended(): Promise<number | undefined>
  /** Asks it to end, and ends it after ten seconds. May be called at any time. */
  stop(): Promise<void>
}

/**
 * Throws `mysql/tool-missing` when there is no such program or it is none, `mysql/tool-failed` when the system has no room
 * for one more: at once, or from `output` and `ended`, as the system happens to say it.
 */
export function spawnProgram(path: string, args: readonly string[], options: ProgramOptions): RunningProgram {
  options.signal.throwIfAborted()
  const child = startChild(path, args, options)
  const errors = new LineTail(options.onLine)
  let failure: unknown
  child.on('error', (error) => {
    failure = error
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.add(text))
  child.stdin?.on('error', () => {}) // it went away: its status says why
  child.stdin?.end(options.input)
  const closed = once(child, 'close').then(() => errors.end())
  closed.catch(() => {}) // 'error' came first: told by `failure`
  const stop = (): Promise<void> => stopChild(child)
  const onAbort = (): void => void stop() // ends within its grace; `ended` hears of it
  options.signal.addEventListener('abort', onAbort, { once: true })

  const ended = async (): Promise<number | undefined> => {
    await closed.catch(() => {})
    options.signal.removeEventListener('abort', onAbort)
    if (failure !== undefined) throw startFailure(path, failure)
    return child.exitCode ?? undefined
  }
  async function* output(): AsyncGenerator<Uint8Array> {
    try {
      for await (const bytes of child.stdout ?? []) yield bytes as Uint8Array // no encoding is set: Buffers
    } catch (error) {
      // It was stopped or never started: that is why, not that a stream was closed.
      options.signal.throwIfAborted()
      await closed.catch(() => {})
      throw failure === undefined ? error : startFailure(path, failure)
    }
    options.signal.throwIfAborted()
  }
  return { output: output(), errors, ended, stop }
}

export interface ProgramResult {
  readonly status: number | undefined
  readonly output: string
  readonly errors: LineTail
}

/** Runs a program to its end and keeps what it wrote. */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: ProgramOptions,
): Promise<ProgramResult> {
  const program = spawnProgram(path, args, options)
  const parts: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const part of program.output) {
      bytes += part.length
      if (bytes > outputBytesLimit)
        throw new HoldfastError('mysql/tool-failed', { detail: `${path} writes more than anyone expects.` })
      parts.push(part)
    }
    const status = await program.ended()
    options.signal.throwIfAborted()
    return { status, output: Buffer.concat(parts).toString('utf8'), errors: program.errors }
  } finally {
    await program.stop()
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.stdout?.destroy() // nobody reads it any more; a full pipe must not hold the program
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopGraceMs)
  await gone
  clearTimeout(timer)
  // What it started may live on and hold the pipe.
  child.stderr?.destroy()
}

/** Node says some failures at once and others later. */
function startChild(path: string, args: readonly string[], { input, cwd }: ProgramOptions): ChildProcess {
  try {
    return spawn(path, args, {
      shell: false,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(cwd !== undefined && { cwd }),
    })
  } catch (error) {
    throw startFailure(path, error)
  }
}

/** What is not there, is not to be executed, or is nothing that could be. */
const isNoProgram = new Set(['ENOENT', 'EACCES', 'EPERM', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOEXEC'])

function startFailure(path: string, cause: unknown): unknown {
  const code = errorCode(cause)
  if (code === undefined) return cause
  // A NUL in a path or an argument.
  if (code === 'ERR_INVALID_ARG_VALUE')
    return new HoldfastError('input/invalid', { detail: 'No program can be called like this.', cause })
  const detail = `${path} cannot be started: ${describeSystemError(cause)}.`
  if (!isNoProgram.has(code)) return new HoldfastError('mysql/tool-failed', { detail, cause })
  return new HoldfastError('mysql/tool-missing', {
    detail,
    hint: 'Install mariadb-backup, or name the program in the plan.',
    cause,
  })
}
