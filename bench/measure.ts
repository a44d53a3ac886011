import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface Measurement {
  readonly seconds: number
  /** Of processors, on behalf of the program and of those it started. */
  readonly cpuSeconds: number
  readonly peakBytes: number
}

export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** The last thing it says is what the program, its child, took: `0m1.25s 0m0.08s`, in the second line. */
const timedScript = '"$@"; code=$?; times >&2; exit $code'

/** Runs a command to its end. The peak is the largest sum of resident memory over it and its children, sampled. */
export async function measure({ argv, cwd, environment }: Command): Promise<Measurement> {
  const started = performance.now()
  const child = spawn('sh', ['-c', timedScript, 'sh', ...argv], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  let peakBytes = 0
  const sampling = setInterval(() => {
    if (child.pid !== undefined) peakBytes = Math.max(peakBytes, residentBytes(child.pid))
  }, 40)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  }).finally(() => clearInterval(sampling))
  if (code !== 0 && code !== 3) throw new Error(`${argv.join(' ')} ended with ${code}:\n${errors}`)
  return { seconds: (performance.now() - started) / 1000, cpuSeconds: cpuSecondsIn(errors), peakBytes }
}

function cpuSecondsIn(output: string): number {
  const times = output.trimEnd().split('\n').at(-1) ?? ''
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0)
}

/** Resident memory of a process and all below it; 0 where the kernel does not tell. */
function residentBytes(pid: number): number {
  try {
    const own = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
    )
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), own)
  } catch {
    return 0 // it has just ended
  }
}
