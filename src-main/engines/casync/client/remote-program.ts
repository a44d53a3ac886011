import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import { type RemoteCommand, sshArguments } from '../address/remote-command.ts'
import { type BytePipes, nodePipes } from '../exchange/byte-pipes.ts'

export interface RemoteProgramOptions {
  /** `[USER@]HOST`. */
  readonly host: string
  /** `CASYNC_SSH_PATH`; ssh unless told otherwise. */
  readonly sshPath?: string | undefined
  /** `CASYNC_REMOTE_PATH`; casync unless told otherwise. */
  readonly remotePath?: string | undefined
  /** Environment of the program. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

/** A program whose standard input and output are a connection. */
export interface RemoteProgram extends AsyncDisposable {
  readonly pipes: BytePipes
  /** Waits until it has ended, at most a little while, and ends it then. May be called twice. */
  close(): Promise<void>
  /** What it wrote to its standard error, the end of it: `bash: casync: command not found`. */
  readonly lastWords: string
}

const maxLastWords = 2000
/** A server that is done ends at once; ssh needs a round trip. */
const graceMs = 2000

/** Starts the far end (spec casync §4.1). ssh asks for passwords by itself where it has a terminal or a helper. */
export function startRemoteProgram(options: RemoteProgramOptions, command: RemoteCommand): RemoteProgram {
  const { host, sshPath = 'ssh', remotePath = 'casync', environment } = options
  return startProgram(sshPath, sshArguments(host, command, remotePath), environment)
}

/** Any program that speaks the protocol. */
export function startProgram(program: string, args: readonly string[], environment?: NodeJS.ProcessEnv): RemoteProgram {
  const child = spawn(program, args, { stdio: 'pipe', ...(environment !== undefined && { env: environment }) })
  let lastWords = ''
  let startFailure: Error | undefined
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-maxLastWords)
  })
  child.once('error', (error) => {
    startFailure = error
    child.stdin.destroy()
    child.stdout.destroy()
  })
  const closed = Promise.race([once(child, 'close'), once(child, 'error')]).catch(() => undefined)
  const pipes = nodePipes(child.stdout, child.stdin)
  const close = async (): Promise<void> => {
    pipes.destroy()
    const timer = setTimeout(() => child.kill('SIGTERM'), graceMs)
    await closed
    clearTimeout(timer)
  }
  return {
    pipes: { ...pipes, input: explained(pipes.input, () => startFailure, program) },
    get lastWords() {
      return clean(lastWords)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** A program that cannot be started looks like one that says nothing. */
async function* explained(
  input: AsyncIterable<Uint8Array>,
  failure: () => Error | undefined,
  program: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* input
  } catch (error) {
    if (failure() === undefined) throw error
  }
  const cause = failure()
  if (cause === undefined) return
  throw new HoldfastError('repository/unreachable', { detail: `${program} could not be started.`, cause })
}

/**
 * What the program said goes with the failure: else there is only "the connection ended". Waits for its end, since its last
 * words may come behind the end of its output.
 */
export async function withLastWords(error: unknown, program: RemoteProgram): Promise<unknown> {
  if (!(error instanceof HoldfastError) || error.code !== 'repository/unreachable') return error
  await program.close()
  if (program.lastWords === '') return error
  const detail = [error.detail, program.lastWords].filter(Boolean).join(' ')
  return new HoldfastError(error.code, { detail, hint: error.hint, cause: error })
}

function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to replace
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim()
}
