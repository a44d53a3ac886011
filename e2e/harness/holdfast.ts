import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { makeQuickFolder } from '../../src-main/app/testing/quick-folder.ts'

const run = promisify(execFile)
const main = 'src-main/hosts/cli/main.ts'

/** One Holdfast with a data directory of its own, as a person would start it. */
export interface Holdfast {
  /** Fresh folder of this test; the data directory is `data` in it. */
  readonly folder: string
  /** The home folder that the program sees: what is in it is up to the test. */
  readonly home: string
  readonly address: string
  /** What the program printed, for the report of a failed test. */
  log(): string
  /** Runs a command beside the window, as from a terminal. Rejects on a non-zero exit. */
  cli(...args: string[]): Promise<string>
  /** The same with `--json`: the documents it printed. */
  json(...args: string[]): Promise<readonly Record<string, unknown>[]>
  kill(signal: NodeJS.Signals): Promise<void>
  close(): Promise<void>
}

export async function startHoldfast(folder?: string): Promise<Holdfast> {
  const root = folder ?? makeQuickFolder('holdfast-e2e-')
  const home = join(root, 'home')
  await mkdir(home, { recursive: true })
  const environment = {
    ...process.env,
    HOME: home,
    HOLDFAST_DATA: join(root, 'data'),
    TZ: 'Europe/Berlin',
    NO_COLOR: '1',
  }
  const server = spawn(process.execPath, [main, '--json', 'serve'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const address = await readAddress(server, () => log)
  const cli = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, [main, ...args], { env: environment, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  }

  return {
    folder: root,
    home,
    address,
    log: () => log,
    cli,
    async json(...args) {
      const lines = (await cli('--json', ...args)).split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>) // one document a line, each an object
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
