/**
 * Backing up into a bucket of a real object store (Ceph, in memory, on this machine) and restoring from it, beside `restic` in
 * a bucket of the same store, in one run: only the ratios mean anything. `node bench/s3.ts [MiB] [scratch folder]`.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Gateway, startGateway } from '../src-main/repositories/s3/testing/gateway.fixture.ts'
import { type Command, type Measurement, measure } from './measure.ts'
import { makeTree, program } from './pbs-peers.ts'
import { has } from './tools.ts'

const [mebibytes = '512', scratch = tmpdir()] = process.argv.slice(2)
const sizeMiB = Number(mebibytes)
const work = mkdtempSync(join(scratch, 's3-bench-'))
const tree = join(work, 'tree')
const columns = ['first', 'second', 'restore'] as const

interface Contestant extends Record<(typeof columns)[number], Command> {
  readonly name: string
  /** Before anything is measured. */
  readonly prepare: readonly Command[]
}

const gateway = await startGateway()
try {
  makeTree(tree, sizeMiB)
  const rows: string[] = []
  let own: readonly Measurement[] | undefined
  for (const contestant of [await holdfast(gateway), ...(has('restic') ? [restic(gateway)] : [])]) {
    for (const command of contestant.prepare) await measure(command)
    const measured: Measurement[] = []
    for (const column of columns) {
      execFileSync('sync')
      measured.push(await measure(contestant[column]))
    }
    own ??= measured
    rows.push(rowOf(contestant.name, measured, own))
  }
  console.log(`\n${sizeMiB} MiB, half of it not compressible\n`)
  console.log('| program | first backup | second backup | restore | peak memory |\n|---|--:|--:|--:|--:|')
  console.log(rows.join('\n'))
  console.log('\nTime, processor time without the store; in brackets the time in units of Holdfast.')
} finally {
  await gateway.close()
  rmSync(work, { recursive: true, force: true })
}

async function holdfast({ address, secret }: Gateway): Promise<Contestant> {
  const environment = { AWS_SECRET_ACCESS_KEY: secret }
  const run = (...args: string[]): Command => ({
    argv: [...program, '--json', '--data', join(work, 'data'), ...args],
    environment,
  })
  const backup = run('backup', tree, '-r', 'bench', '--id', 'bench')
  return {
    name: 'holdfast',
    // It has run before: compiled code is kept from the first run on, which the others bring along.
    prepare: [run('init', await address(), '--name', 'bench'), run('backup', 'bench', '-r', 'bench', '--id', 'warm')],
    first: backup,
    second: backup,
    restore: run('restore', 'latest:bench', '--target', folder('out-holdfast')),
  }
}

function restic({ endpoint, accessKeyId, secret }: Gateway): Contestant {
  const environment = {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secret,
    RESTIC_PASSWORD: 'bench',
    RESTIC_CACHE_DIR: join(work, 'restic-cache'),
  }
  const run = (...args: string[]): Command => ({
    argv: ['restic', '-q', '-r', `s3:${endpoint}/restic-bench`, ...args],
    environment,
  })
  return {
    name: 'restic',
    prepare: [run('init')],
    first: run('backup', tree),
    second: run('backup', tree),
    restore: run('restore', 'latest', '--target', folder('out-restic')),
  }
}

function rowOf(name: string, measured: readonly Measurement[], own: readonly Measurement[]): string {
  const cells = measured.map(({ seconds, cpuSeconds }, at) => {
    const ratio = seconds / (own[at]?.seconds ?? seconds)
    return `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s (${ratio.toFixed(2)}×)`
  })
  const peak = Math.max(...measured.map(({ peakBytes }) => peakBytes)) / 1024 ** 2
  return `| ${[name, ...cells, `${peak.toFixed(0)} MiB`].join(' | ')} |`
}

function folder(name: string): string {
  const path = join(work, name)
  mkdirSync(path)
  return path
}
