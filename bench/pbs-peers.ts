import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** What the benchmarks of Proxmox Backup share: data, a server with accounts, and how a client gets there. */

export const program = [process.execPath, 'src-main/hosts/cli/main.ts'] as const

const password = 'bench-password'

export interface PbsServer {
  readonly child: ChildProcess
  readonly port: number
  readonly fingerprint: string
  readonly pid: number
}

export interface Store {
  readonly name: string
  readonly folder: string
}

/** Half of it cannot be compressed, the other half can, in files of 16 MiB. */
export function makeTree(tree: string, sizeMiB: number): void {
  mkdirSync(tree)
  const fileMiB = 16
  const text = Buffer.from('All work and no play makes the disk a dull one; '.repeat(1 << 14))
  for (let at = 0; at * fileMiB < sizeMiB; at++) {
    const file = openSync(join(tree, `file-${at}`), 'w')
    const random = openSync('/dev/urandom', 'r')
    const bytes = Buffer.alloc(1 << 20)
    for (let part = 0; part < fileMiB; part++) {
      if (at % 2 === 0) readSync(random, bytes)
      else
        for (let to = 0; to < bytes.length; to += 64) text.copy(bytes, to, (to * (at + part + 7)) % (text.length - 64))
      writeSync(file, bytes)
    }
  }
}

/** Our server with stores that it makes. The caller ends it. `prefix` is what starts it, such as `taskset`. */
export async function servePbs(
  data: string,
  stores: readonly Store[],
  prefix: readonly string[] = [],
): Promise<PbsServer> {
  const run = (...args: string[]) =>
    execFileSync(program[0], [program[1], '--data', data, ...args], {
      env: { ...process.env, HOLDFAST_ACCOUNT_PASSWORD: password },
    })
  for (const { folder } of stores) run('init', folder)
  run('account', 'add', 'bench@pbs')
  run('account', 'grant', 'bench@pbs', 'DatastoreAdmin')
  const offered = stores.flatMap(({ name, folder }) => ['--datastore', `${name}=${folder}`])
  const [command = '', ...args] = [...prefix, ...program, '--json', '--data', data, 'host', 'pbs', ...offered]
  const child = spawn(command, [...args, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'] })
  for await (const line of createInterface(child.stdout)) {
    const { port, fingerprint } = JSON.parse(line)
    return { child, port, fingerprint, pid: child.pid ?? 0 }
  }
  throw new Error('the server did not start')
}

export function addressOf({ port }: PbsServer, store: string): string {
  return `bench@pbs@127.0.0.1:${port}:${store}`
}

export function clientEnvironment({ fingerprint }: PbsServer, data: string): Readonly<Record<string, string>> {
  return { PBS_PASSWORD: password, PBS_FINGERPRINT: fingerprint, HOLDFAST_DATA: data }
}

export interface JobLine {
  readonly status?: {
    readonly startedAt: number
    readonly endedAt: number
    readonly summary?: {
      readonly doneBytes?: number
      readonly storedBytes?: number
      readonly stages?: readonly { readonly name: string; readonly busy: number; readonly bytesPerSecond: number }[]
    }
  }
}

/** What the command line prints with `--json`: the job. */
export function jobOf(output: string | undefined): JobLine | undefined {
  try {
    return JSON.parse(output?.trim().split('\n').at(-1) ?? '') as JobLine // our own program's
  } catch {
    return undefined
  }
}
