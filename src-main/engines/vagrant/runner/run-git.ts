import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { failure } from '../wire/failure.ts'

/** Enough of git's words to understand a failure. */
const keptOutput = 4096

export interface RunGitOptions {
  readonly folder: string
  /** An address that may hold a password: it is left out of what is told. */
  readonly secret: string
  readonly signal: AbortSignal
}

/** Runs git without a shell and without questions. Throws ABORTED with what git said. */
export async function runGit(args: readonly string[], { folder, secret, signal }: RunGitOptions): Promise<void> {
  signal.throwIfAborted()
  const child = spawn('git', [...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    env: {
      ...process.env,
      GIT_TERMINAL_PROMPT: '0',
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
      // Transports that run programs of the address's choosing are left out.
      GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    },
  })
  let output = ''
  const keep = (piece: Buffer): void => {
    output = (output + piece.toString()).slice(-keptOutput)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  try {
    const [code] = await once(child, 'close')
    if (code !== 0) throw failure('aborted', `git failed: ${output.replaceAll(secret, '(url)').trim()}`)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw failure('aborted', 'git is not installed on the runner', error)
    }
    throw error
  }
}
