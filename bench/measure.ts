import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface Measurement {
  readonly seconds: number
  /** Of processors, by the program, those it started and its servers: what a loaded machine changes least. */
  readonly cpuSeconds: number
  readonly peakBytes: number
  /** The end of what it printed. */
  readonly output: string
}

export interface Command {
  readonly argv: readonly [string, ...string[]]
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  /** Processes that work for it and go on after it. */
  readonly servers?: readonly number[]
}

/** The last thing it says is what the program, its child, took: `0m1.25s 0m0.08s`, in the second line. */
const timedScript = '"$@"; code=$?; times >&2; exit $code'

/** Runs a command to its end. The peak is the largest sum of resident memory over it and its children, sampled. */
export async function measure({ argv, cwd, environment, servers = [] }: Command): Promise<Measurement> {
  const servedBefore = cpuSecondsOf(servers)
  const started = performance.now()
  const child = spawn('sh', ['-c', timedScript, 'sh', ...argv], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4000)
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-100_000)
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
  const seconds = (performance.now() - started) / 1000
  return { seconds, cpuSeconds: cpuSecondsIn(errors) + cpuSecondsOf(servers) - servedBefore, peakBytes, output }
}

function cpuSecondsIn(output: string): number {
  const times = output.trimEnd().split('\n').at(-1) ?? ''
  return [...times.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0)
}

/** What processes and their children that have ended took; 0 where the kernel does not tell. */
export function cpuSecondsOf(servers: readonly number[]): number {
  const ticksASecond = 100
  try {
    return servers.reduce((sum, pid) => {
      // The name, in brackets, may hold anything; what follows begins with the third field.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      return sum + fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) / ticksASecond
    }, 0)
  } catch {
    return 0
  }
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
