import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export interface ProgramResult {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

/** Whether Debian's casync is on the PATH. Tests that compare with it say so when it is not. */
export const hasCasync = spawnSync('casync', ['--version']).status === 0

/** A busy machine takes its time. */
const programTimeoutMs = 100_000

/** Runs the real program; one that does not end by itself is ended. */
export function runCasync(args: readonly string[], cwd?: string, environment: NodeJS.ProcessEnv = {}): ProgramResult {
  const { status, stdout, stderr } = spawnSync('casync', [...args], {
    encoding: 'utf8',
    timeout: programTimeoutMs,
    env: { ...process.env, ...environment },
    ...(cwd !== undefined && { cwd }),
  })
  return { status, output: stdout, errors: stderr }
}

/** The same beside what this process serves it. */
export async function runCasyncAside(args: readonly string[]): Promise<ProgramResult> {
  const child = spawn('casync', args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: programTimeoutMs })
  let [output, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  await once(child, 'close')
  return { status: child.exitCode, output, errors }
}
