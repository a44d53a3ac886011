/**
 * Backing up to a Proxmox Backup server over TLS on loopback and restoring from it, beside `restic` over sftp and `borg`
 * over ssh to the same machine, in one run: only the ratios mean anything. Where others use the machine as well, the time of
 * the processor says more than that of the clock. `node bench/pbs.ts [MiB] [scratch folder]`; what TLS costs beside the local
 * pipeline is the business of `node bench/pbs-cores.ts`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type Command, type Measurement, measure } from './measure.ts'
import { addressOf, clientEnvironment, jobOf, makeTree, type PbsServer, program, servePbs } from './pbs-peers.ts'
import { has } from './tools.ts'

const [mebibytes = '1024', scratch = tmpdir()] = process.argv.slice(2)
const work = mkdtempSync(join(scratch, 'pbs-bench-'))
const tree = join(work, 'tree')
const sizeMiB = Number(mebibytes)
const columns = ['first', 'second', 'restore'] as const
type Column = (typeof columns)[number]
type Row = Partial<Record<Column, Measurement>>

interface Contestant {
  readonly name: string
  /** Before anything is measured. */
  readonly prepare: readonly Command[]
  readonly first: Command
  /** Nothing has changed. */
  readonly second: Command
  readonly restore: Command
}

/** How changes are found, each with a store of its own: blocks of the run before would be there already. */
const modes = { fast: 'holdfast', data: 'holdfast, every file read again' } as const

const running: ChildProcess[] = []
try {
  makeTree(tree, sizeMiB)
  const server = await servePbs(
    join(work, 'server'),
    Object.keys(modes).map((mode) => ({ name: mode, folder: join(work, mode) })),
  )
  running.push(server.child)
  const ssh = has('ssh') && (has('restic') || has('borg')) ? await serveSsh() : undefined
  const rows = new Map<string, Row>()
  for (const { name, prepare, ...commands } of [
    holdfast(server, 'fast', []),
    holdfast(server, 'data', ['--mode', 'data']),
    ...(ssh === undefined ? [] : others(ssh)),
  ]) {
    for (const command of prepare) await measure(command)
    const row: Row = {}
    for (const column of columns) {
      execFileSync('sync')
      row[column] = await measure(commands[column])
    }
    rows.set(name, row)
    console.error(`${name}: ${columns.map((column) => rateOf(row[column])).join(', ')}`)
  }
  print(rows)
} finally {
  for (const child of running) child.kill('SIGTERM')
  rmSync(work, { recursive: true, force: true })
}

function holdfast(server: PbsServer, mode: keyof typeof modes, flags: readonly string[]): Contestant {
  const environment = clientEnvironment(server, join(work, `client-${mode}`))
  const run = (...args: string[]): Command => ({
    argv: [...program, '--json', ...args],
    environment,
    servers: [server.pid],
  })
  const backup = run('backup', tree, '-r', 'bench', '--id', 'bench', ...flags)
  return {
    name: modes[mode],
    // It has run before: compiled code is kept from the first run on, which the others bring along.
    prepare: [
      run('init', addressOf(server, mode), '--name', 'bench'),
      run('backup', 'bench', '-r', 'bench', '--id', 'warm'),
    ],
    first: backup,
    second: backup,
    restore: run('restore', 'latest', '--target', folder(`out-${mode}`)),
  }
}

interface Ssh {
  readonly config: string
  readonly pid: number
}

/** A server of our own on loopback with keys of its own, so that nobody's settings are touched. */
async function serveSsh(): Promise<Ssh | undefined> {
  const home = folder('ssh')
  chmodSync(home, 0o700)
  const port = await freePort()
  for (const name of ['host', 'client'])
    execFileSync('ssh-keygen', ['-qt', 'ed25519', '-N', '', '-f', join(home, name)])
  writeFileSync(join(home, 'authorized'), readFileSync(join(home, 'client.pub')), { mode: 0o600 })
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(home, 'host')}`,
      `AuthorizedKeysFile ${join(home, 'authorized')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PermitRootLogin yes',
      'Subsystem sftp internal-sftp',
    ].join('\n'),
  )
  const config = join(home, 'config')
  writeFileSync(
    config,
    [
      'Host bench',
      'HostName 127.0.0.1',
      `Port ${port}`,
      `User ${userInfo().username}`,
      `IdentityFile ${join(home, 'client')}`,
      'IdentitiesOnly yes',
      'StrictHostKeyChecking no',
      `UserKnownHostsFile ${join(home, 'known')}`,
      'LogLevel ERROR',
    ].join('\n'),
  )
  const sshd = execFileSync('sh', ['-c', 'PATH=$PATH:/usr/sbin command -v sshd'], { encoding: 'utf8' }).trim()
  const server = spawn(sshd, ['-D', '-f', join(home, 'sshd_config')], { stdio: 'ignore' })
  running.push(server)
  for (let attempt = 0; ; attempt++) {
    try {
      execFileSync('ssh', ['-F', config, 'bench', 'true'], { stdio: 'ignore' })
      return { config, pid: server.pid ?? 0 }
    } catch (error) {
      if (attempt === 20) {
        console.error(`sshd does not start here, so that there is nothing to compare with: ${String(error)}`)
        return undefined
      }
      await new Promise((done) => setTimeout(done, 250))
    }
  }
}

function others({ config, pid }: Ssh): readonly Contestant[] {
  const found: Contestant[] = []
  if (has('restic')) {
    const run = (...args: string[]): Command => ({
      argv: [
        'restic',
        '-q',
        ...['-r', `sftp:bench:${join(work, 'restic')}`],
        ...['-o', `sftp.command=ssh -F ${config} bench -s sftp`],
        ...args,
      ],
      environment: { RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: join(work, 'restic-cache') },
      servers: [pid],
    })
    found.push({
      name: 'restic over sftp',
      prepare: [run('init')],
      first: run('backup', tree),
      second: run('backup', tree),
      restore: run('restore', 'latest', '--target', folder('out-restic')),
    })
  }
  if (has('borg')) {
    const target = folder('out-borg')
    const repository = `ssh://bench${join(work, 'borg')}`
    const run = (...args: string[]): Command => ({
      argv: ['borg', ...args],
      cwd: target,
      servers: [pid],
      environment: {
        BORG_RSH: `ssh -F ${config}`,
        BORG_BASE_DIR: join(work, 'borg-home'),
        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
      },
    })
    found.push({
      name: 'borg over ssh',
      prepare: [run('init', '-e', 'none', repository)],
      first: run('create', `${repository}::first`, tree),
      second: run('create', `${repository}::second`, tree),
      restore: run('extract', `${repository}::first`),
    })
  }
  return found
}

function print(rows: ReadonlyMap<string, Row>): void {
  const own = rows.get('holdfast')
  const cell = (measured: Measurement | undefined, reference: Measurement | undefined) =>
    measured === undefined || reference === undefined
      ? '–'
      : `${rateOf(measured)}, ${measured.cpuSeconds.toFixed(1)} s (${ratio(measured.seconds, reference.seconds)}, ${ratio(measured.cpuSeconds, reference.cpuSeconds)})`
  console.log(`\n${sizeMiB} MiB, half of it not compressible\n`)
  console.log('| program | first backup | second backup | restore | peak memory |\n|---|--:|--:|--:|--:|')
  for (const [name, row] of rows) {
    const peak = Math.max(...columns.map((column) => row[column]?.peakBytes ?? 0)) / 1024 ** 2
    const cells = columns.map((column) => cell(row[column], own?.[column])).join(' | ')
    console.log(`| ${name} | ${cells} | ${peak.toFixed(0)} MiB |`)
  }
  console.log(
    '\nRate, processor time of both ends; in brackets both times in units of Holdfast, above 1 is more than Holdfast.\n',
  )
  printStages(rows)
}

/** How busy each stage was while the job ran, and what it could do alone. */
function printStages(rows: ReadonlyMap<string, Row>): void {
  console.log('| run | the job alone | its stages |\n|---|--:|---|')
  for (const [name, row] of rows) {
    for (const column of columns) {
      const { status } = jobOf(row[column]?.output) ?? {}
      if (status?.summary?.stages === undefined) continue
      const stages = status.summary.stages.map(
        ({ name: stage, busy, bytesPerSecond }) =>
          `${stage} ${(busy * 100).toFixed(0)} % (${(bytesPerSecond / 1e6).toFixed(0)} MB/s)`,
      )
      const rate = (sizeMiB * 1048.576) / (status.endedAt - status.startedAt)
      console.log(`| ${name}, ${column} | ${rate.toFixed(0)} MB/s | ${stages.join(', ')} |`)
    }
  }
}

function ratio(one: number, other: number): string {
  return other === 0 ? '–' : `${(one / other).toFixed(2)}×`
}

function rateOf(measured: Measurement | undefined): string {
  return measured === undefined ? '–' : `${((sizeMiB * 1.048576) / measured.seconds).toFixed(0)} MB/s`
}

function folder(name: string): string {
  const path = join(work, name)
  mkdirSync(path)
  return path
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
