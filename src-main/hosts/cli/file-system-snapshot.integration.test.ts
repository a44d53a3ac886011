import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { JobStatus } from '../../../src-shared/model/job.ts'
import { makeSubvolume, mountBtrfs, subvolumesOf } from '../../sources/freeze/btrfs-disk.fixture.ts'
import { CommandLine, documentsOf, errorOf, repositoryFolder, summaryOf, workFolder } from './testing/command-line.ts'
import { whenJob } from './testing/job-watch.ts'
import { canMount, mountSmallDisk } from './testing/small-disk.ts'

const folder = workFolder()
const repository = repositoryFolder()
const desk = new CommandLine(join(folder, 'desk'))
const snapshot = ['--file-system-snapshot', 'always'] as const

beforeAll(async () => {
  await desk.good('init', repository)
})

/** A home on a Btrfs of its own, with so much in it that a backup takes a while. Undefined where there can be none. */
function furnish(megabytes: number): { readonly disk: string; readonly home: string } | undefined {
  const disk = mountBtrfs()
  if (disk === undefined) return undefined
  makeSubvolume(join(disk, 'home'))
  const home = join(disk, 'home/anna')
  mkdirSync(home)
  for (let i = 0; i < megabytes / 10; i++) writeFileSync(join(home, `part ${i}`), randomBytes(10 << 20))
  return { disk, home }
}

/** Counts up in two files, first in `a`, then in `z`, some hundred times a second, and never stops by itself. */
function startCounting(home: string): () => Promise<void> {
  const script = `const { openSync, writeSync } = require('node:fs')
    const [a, z] = ['a', 'z'].map((name) => openSync(process.argv[1] + '/' + name, 'w'))
    const pause = new Int32Array(new SharedArrayBuffer(4))
    for (let n = 1e9; ; n++) { writeSync(a, String(n), 0); writeSync(z, String(n), 0); Atomics.wait(pause, 0, 0, 1) }`
  const child = spawn(process.execPath, ['-e', script, home], { stdio: 'inherit' })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGKILL')
    await ended
  }
  onTestFinished(stop)
  return stop
}

/** So large, of nothing but holes, that no backup comes to its end before something happens to it. */
function makeEndless(home: string): string {
  const path = join(home, 'endless')
  writeFileSync(path, '')
  truncateSync(path, 2 ** 42)
  return path
}

const isReading = (status: JobStatus) => status.state === 'running' && status.progress.doneBytes > 2 ** 24

/** Fails with the test's own time limit. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(20)
}

const records = () => readdirSync(join(desk.dataDirectory, 'frozen')).filter((name) => name.endsWith('.json'))

async function logOf(id: string): Promise<string> {
  return (await desk.good('job', 'logs', id)).stdout
}

describe('a folder that somebody writes to all the time', () => {
  it('comes back as it was at one moment', async () => {
    const { disk, home } = furnish(40) ?? {}
    if (disk === undefined || home === undefined) return // said so
    writeFileSync(join(home, 'x.tmp'), 'left out')
    writeFileSync(join(home, '.pxarexclude'), '/part 1\n')
    const stop = startCounting(home)
    await until(() => existsSync(join(home, 'z')) && readFileSync(join(home, 'z'), 'utf8').length === 10)
    const { job } = await desk.job('backup', home, '-r', repository, '--id', 'busy', '--exclude', '*.tmp', ...snapshot)
    await stop()
    expect(summaryOf(job).counts).toMatchObject({ skipped: 2, failed: 0 })
    expect(job.warnings).toBe(0)
    expect(await logOf(job.id)).toMatch(
      new RegExp(`Reads ${home} from a snapshot of ${disk}/home \\(Btrfs\\), made at \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z`),
    )
    expect([subvolumesOf(disk), records()]).toEqual([['home'], []])

    const back = join(folder, 'back')
    await desk.good('restore', 'latest:busy', '--target', back)
    const counter = (name: string) => Number(readFileSync(join(back, 'anna', name), 'utf8'))
    // Between two writes is a moment too: then z is about to follow.
    expect([0, 1]).toContain(counter('a') - counter('z'))
    expect(counter('a')).toBeLessThan(Number(readFileSync(join(home, 'a'), 'utf8')))
    expect(readdirSync(join(back, 'anna')).sort()).toEqual(
      readdirSync(home)
        .filter((name) => name !== 'x.tmp' && name !== 'part 1')
        .sort(),
    )

    // Only what was written since is read again, whatever number the file system of the snapshot has.
    const second = summaryOf(
      (await desk.job('backup', home, '-r', repository, '--id', 'busy', '--exclude', '*.tmp', ...snapshot)).job,
    )
    expect(second.counts).toEqual({ seen: 9, stored: 2, unchanged: 5, skipped: 2, failed: 0 })
  })
})

describe('a backup that ends before its time', () => {
  it('leaves a snapshot when it is killed, which the next start or the next run removes', async () => {
    const { disk, home } = furnish(20) ?? {}
    if (disk === undefined || home === undefined) return
    const endless = makeEndless(home)
    const kill = async (id: string) => {
      const { process: child, ended } = desk.start('backup', home, '-r', repository, '--id', id, ...snapshot)
      await whenJob(desk.dataDirectory, 'backup', isReading)
      child.kill('SIGKILL')
      await ended
      expect(subvolumesOf(disk)).toEqual(['home', expect.stringMatching(/^home\/\.holdfast-snapshot-[0-9a-f]{32}$/)])
      expect(records()).toHaveLength(1)
    }
    await kill('first')
    const serving = desk.start('--json', 'serve')
    await until(() => subvolumesOf(disk).length === 1 && records().length === 0)
    serving.process.kill('SIGTERM')
    await serving.ended

    await kill('second')
    rmSync(endless)
    const { job } = await desk.job('backup', home, '-r', repository, '--id', 'second', ...snapshot)
    expect(summaryOf(job).counts?.failed).toBe(0)
    expect(await logOf(job.id)).toMatch(
      /Removed .*\.holdfast-snapshot-[0-9a-f]{32}, a snapshot that an interrupted run had left/,
    )
    expect([subvolumesOf(disk), records()]).toEqual([['home'], []])
  })

  it('takes its snapshot along when it is cancelled', async () => {
    const { disk, home } = furnish(20) ?? {}
    if (disk === undefined || home === undefined) return
    makeEndless(home)
    const { process: child, ended } = desk.start('backup', home, '-r', repository, '--id', 'cancelled', ...snapshot)
    await whenJob(desk.dataDirectory, 'backup', isReading)
    expect(subvolumesOf(disk)).toHaveLength(2)
    child.kill('SIGINT')
    expect((await ended).code).not.toBe(0)
    expect([subvolumesOf(disk), records()]).toEqual([['home'], []])
  })
})

describe.runIf(canMount)('a file system without snapshots', () => {
  it('fails a run that must have one, with a next step, and is read as it is by one that need not', async () => {
    const disk = join(folder, 'memory')
    mountSmallDisk(disk, 1 << 20)
    writeFileSync(join(disk, 'note'), 'a note')
    const words = ['backup', disk, '-r', repository, '--id', 'memory', '--file-system-snapshot']
    for (const more of [[], ['--dry-run']]) {
      const failed = await desk.job(...words, 'always', ...more)
      expect(errorOf(failed.job)).toMatchObject({
        code: 'source/no-snapshot',
        message: `The folders could not be held still for the backup. ${disk}: tmpfs has no snapshots that Holdfast can make.`,
        hint: 'Leave it out, or let the plan read such folders as they are (when possible).',
      })
    }
    const { job } = await desk.job(...words, 'when-possible')
    expect(summaryOf(job).counts).toMatchObject({ stored: 2, failed: 0 })
    expect(job.warnings).toBe(0)
    expect(await logOf(job.id)).toContain(`Reads ${disk} as it is: tmpfs has no snapshots that Holdfast can make.`)
    expect((await desk.run(...words, 'sometimes')).code).not.toBe(0)
  })
})

describe('a plan', () => {
  it('keeps the wish', async () => {
    const home = join(folder, 'plain')
    mkdirSync(home)
    const added = await desk.good('--json', 'plan', 'add', home, '--name', 'Held', '-r', repository, ...snapshot)
    expect(documentsOf(added.stdout)).toMatchObject([{ source: { kind: 'folders', fileSystemSnapshot: 'always' } }])
    const { job } = await desk.job('plan', 'run', 'Held')
    expect(errorOf(job).code).toBe('source/no-snapshot')
  })
})
