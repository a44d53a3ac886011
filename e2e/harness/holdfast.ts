import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
const main = 'src-main/hosts/cli/main.ts'

/** One Holdfast with a data directory of its own, as a person would start it. */
export interface Holdfast {
  /** Fresh folder of this test; the data directory is `data` in it. */
  readonly folder: string
  readonly address: string
  /** What the program printed, for the report of a failed test. */
  log(): string
  /** Runs a command beside the window, as from a terminal. Rejects on a non-zero exit. */
  cli(...args: string[]): Promise<string>
  kill(signal: NodeJS.Signals): Promise<void>
  close(): Promise<void>
}

export async function startHoldfast(folder?: string): Promise<Holdfast> {
  const root = folder ?? (await mkdtemp(join(tmpdir(), 'holdfast-e2e-')))
  const environment = { ...process.env, HOLDFAST_DATA: join(root, 'data'), TZ: 'Europe/Berlin', NO_COLOR: '1' }
  const server = spawn(process.execPath, [main, '--json', 'serve'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const address = await readAddress(server, () => log)

  return {
    folder: root,
    address,
    log: () => log,
    async cli(...args) {
      const { stdout } = await run(process.execPath, [main, ...args], { env: environment, maxBuffer: 64 * 1024 * 1024 })
      return stdout
    },
    kill: (signal) => stop(server, signal),
    async close() {
      await stop(server, 'SIGTERM')
      if (folder === undefined) await rm(root, { recursive: true, force: true })
    },
  }
}

async function readAddress(server: ChildProcess, log: () => string): Promise<string> {
  if (!server.stdout) throw new Error('no standard output')
  for await (const line of createInterface(server.stdout)) {
    const parsed: unknown = JSON.parse(line)
    if (typeof parsed === 'object' && parsed !== null && 'address' in parsed && typeof parsed.address === 'string')
      return parsed.address
  }
  throw new Error(`holdfast serve ended before it printed its address:\n${log()}`)
}

function stop(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    server.once('exit', () => resolve())
    server.kill(signal)
  })
}
