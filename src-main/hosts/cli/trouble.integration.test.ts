import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { canRun } from '../../sources/files/tree-fixture.ts'
import { CommandLine, errorOf, type Running, summaryOf, workFolder } from './testing/command-line.ts'
import { differences } from './testing/every-kind-tree.ts'
import { isStoring, limitReading, whenJob } from './testing/job-watch.ts'
import { canMount, mountSmallDisk, remount } from './testing/small-disk.ts'

const megabyte = 1024 * 1024
const folder = workFolder()
const repository = join(folder, 'repository')
const desk = new CommandLine(join(folder, 'desk'))
const small = join(folder, 'small')
const large = join(folder, 'large')

/** A backup that takes ten seconds for 200 MiB, until its limit is lifted for those that follow. */
function startSlowly(...words: string[]): Running {
  limitReading(desk.dataDirectory, 20 * megabyte)
  return desk.start(...words)
}
afterEach(() => limitReading(desk.dataDirectory, undefined))

beforeAll(async () => {
  await desk.good('init', repository)
  mkdirSync(small)
  writeFileSync(join(small, 'note.txt'), 'a note')
  mkdirSync(large)
  for (let i = 0; i < 20; i++) writeFileSync(join(large, `part ${i}`), randomBytes(10 * megabyte))
})

describe.runIf(canMount)('a disk that is full', () => {
  it('under the repository fails the backup, keeps what was there, and is forgiven once there is room', async () => {
    const disk = join(folder, 'repository-disk')
    mountSmallDisk(disk, 60 * megabyte)
    await desk.good('init', join(disk, 'store'))
    await desk.good('backup', small, '-r', join(disk, 'store'), '--id', 'small')
    const { job, code } = await desk.job('backup', large, '-r', join(disk, 'store'), '--id', 'large')
    expect(code).toBe(1)
    expect(errorOf(job)).toMatchObject({ code: 'disk/full' })

    const kept = (await desk.json('snapshots', '-r', join(disk, 'store'))).documents
    expect(kept).toMatchObject([{ ref: { backupId: 'small' } }])
    await desk.good('restore', 'latest:small', '--target', join(folder, 'from-full'))
    expect(differences(small, join(folder, 'from-full/small'))).toBe('')
    await desk.good('verify', '-r', join(disk, 'store'))

    remount(disk, `size=${400 * megabyte}`)
    const again = await desk.job('backup', large, '-r', join(disk, 'store'), '--id', 'large')
    expect(summaryOf(again.job).reusedChunks).toBeGreaterThan(3)
    await desk.good('verify', '-r', join(disk, 'store'))
  })

  it('under the target of a restore fails it, leaves only whole files, and goes on once there is room', async () => {
    await desk.good('backup', large, '-r', repository, '--id', 'target-full')
    const disk = join(folder, 'target-disk')
    mountSmallDisk(disk, 55 * megabyte)
    const target = join(disk, 'back')
    const { job, code } = await desk.job('restore', 'latest:target-full', '--target', target)
    expect(code).toBe(1)
    expect(errorOf(job)).toMatchObject({ code: 'disk/full' })
    const names = readdirSync(join(target, 'large'))
    expect(names.length).toBeLessThan(6)
    for (const name of names) execFileSync('cmp', [join(large, name), join(target, 'large', name)])

    remount(disk, `size=${400 * megabyte}`)
    // The folder is there by now, and newer than the one in the snapshot: only overwriting gives it its time back.
    await desk.good('restore', 'latest:target-full', '--target', target, '--conflict', 'overwrite')
    expect(differences(large, join(target, 'large'))).toBe('')
  })

  it('that only reads fails backup and restore with its name', async () => {
    const disk = join(folder, 'read-only-disk')
    mountSmallDisk(disk, 60 * megabyte)
    await desk.good('init', join(disk, 'store'))
    await desk.good('backup', small, '-r', join(disk, 'store'), '--id', 'read-only')
    remount(disk, 'ro')
    const backup = await desk.job('backup', small, '-r', join(disk, 'store'), '--id', 'read-only')
    expect(backup.code).toBe(1)
    expect(errorOf(backup.job)).toMatchObject({ code: 'disk/read-only' })
    const restore = await desk.job('restore', 'latest:read-only', '--target', join(disk, 'back'))
    expect(restore.code).toBe(1)
    expect(errorOf(restore.job)).toMatchObject({ code: 'disk/read-only' })
    // Reading from it goes on.
    await desk.good('restore', 'latest:read-only', '--target', join(folder, 'from-read-only'))
    expect(differences(small, join(folder, 'from-read-only/small'))).toBe('')
    await desk.good('ls', 'latest:read-only')
  })
})

describe('a folder to back up', () => {
  it('that is not there is an error that says so, and nothing is stored', async () => {
    const before = (await desk.json('snapshots')).documents.length
    const { job, code } = await desk.job('backup', join(folder, 'nowhere'), '-r', repository)
    expect(code).toBe(1)
    expect(errorOf(job)).toMatchObject({ code: 'source/vanished' })
    expect((await desk.json('snapshots')).documents).toHaveLength(before)
  })

  it('with files that cannot be read is stored without them, with warnings and exit code 3', async () => {
    const source = join(folder, 'locked')
    mkdirSync(join(source, 'closed'), { recursive: true })
    writeFileSync(join(source, 'open.txt'), 'open')
    writeFileSync(join(source, 'secret.txt'), 'secret')
    chmodSync(join(source, 'secret.txt'), 0)
    chmodSync(join(source, 'closed'), 0)
    // Root reads everything, unless it gives that up.
    const powers = '-dac_override,-dac_read_search'
    const prefix = process.getuid?.() === 0 ? ['setpriv', `--inh-caps=${powers}`, `--bounding-set=${powers}`] : []
    if (prefix.length > 0 && !canRun('setpriv', '--version')) return
    const words = ['backup', source, '-r', repository, '--id', 'locked']
    const ran = await desk.startWith({ prefix }, ...words).ended
    expect(ran.code, ran.stderr + ran.stdout).toBe(3)
    expect(ran.stdout).toContain('4 seen = 2 stored + 0 unchanged + 0 skipped + 2 failed')
    expect(ran.stderr).toMatch(/failed: .*secret\.txt/)
    expect(ran.stderr).toMatch(/failed: .*closed/)
    const { documents } = await desk.json('ls', 'latest:locked')
    expect(documents).toMatchObject([{ name: 'open.txt' }])
    chmodSync(join(source, 'closed'), 0o700)
  })

  it('that vanishes while it is read ends in a clear state, and the next run is right', async () => {
    const source = join(folder, 'vanishing')
    mkdirSync(source)
    for (let i = 0; i < 20; i++) writeFileSync(join(source, `part ${i}`), randomBytes(10 * megabyte))
    const running = startSlowly('--json', 'backup', source, '-r', repository, '--id', 'vanishing')
    await whenJob(desk.dataDirectory, 'backup', isStoring)
    renameSync(source, `${source} away`)
    for (const name of readdirSync(`${source} away`)) renameSync(join(`${source} away`, name), join(folder, name))
    const { code } = await running.ended
    limitReading(desk.dataDirectory, undefined)
    expect([0, 1, 3]).toContain(code)
    await desk.good('verify', '-r', repository)
    for (let i = 0; i < 20; i++) renameSync(join(folder, `part ${i}`), join(`${source} away`, `part ${i}`))
    renameSync(`${source} away`, source)
    await desk.good('backup', source, '-r', repository, '--id', 'vanishing')
    await desk.good('restore', 'latest:vanishing', '--target', join(folder, 'vanishing-back'))
    expect(differences(source, join(folder, 'vanishing-back/vanishing'))).toBe('')
  })
})

describe('two backups at once', () => {
  it('from one computer: the second waits, and both are there', async () => {
    const first = startSlowly('--json', 'backup', large, '-r', repository, '--id', 'both', '--mode', 'data')
    await whenJob(desk.dataDirectory, 'backup', (status) => status.state === 'running')
    const second = desk.start('--json', 'backup', small, '-r', repository, '--id', 'both-second')
    await whenJob(desk.dataDirectory, 'backup', ({ state }) => state === 'waiting')
    expect([(await first.ended).code, (await second.ended).code]).toEqual([0, 0])
    const ids = (await desk.good('snapshots')).stdout
    expect(ids).toContain('host/both/')
    expect(ids).toContain('host/both-second/')
  })

  it('of one group from two computers: the second fails clearly, or both are there', async () => {
    const laptop = new CommandLine(join(folder, 'laptop'))
    const source = join(folder, 'shared')
    mkdirSync(source)
    for (let i = 0; i < 30; i++) writeFileSync(join(source, `part ${i}`), randomBytes(10 * megabyte))
    const words = ['--json', 'backup', source, '-r', repository, '--id', 'shared', '--mode', 'data']
    const first = startSlowly(...words)
    await whenJob(desk.dataDirectory, 'backup', isStoring)
    const second = await laptop.job('backup', small, '-r', repository, '--id', 'shared')
    expect((await first.ended).code).toBe(0)
    if (second.code !== 0) expect(errorOf(second.job)).toMatchObject({ code: 'repository/locked' })
    const again = await laptop.job('backup', small, '-r', repository, '--id', 'shared')
    expect(again.code).toBe(0)
    await desk.good('verify', '-r', repository)
  })
})

describe('Ctrl-C', () => {
  it('cancels the job and ends with 130', async () => {
    const source = join(folder, 'interrupted')
    mkdirSync(source)
    for (let i = 0; i < 30; i++) writeFileSync(join(source, `part ${i}`), randomBytes(10 * megabyte))
    const running = startSlowly('backup', source, '-r', repository, '--id', 'interrupted')
    await whenJob(desk.dataDirectory, 'backup', isStoring)
    running.process.kill('SIGINT')
    const ran = await running.ended
    limitReading(desk.dataDirectory, undefined)
    expect(ran.code).toBe(130)
    expect(ran.stdout + ran.stderr).toContain('The job was cancelled.')
    const [newest] = (await desk.json('job', 'list', '--limit', '1')).documents
    expect(newest).toMatchObject({ status: { state: 'error', error: { code: 'job/cancelled' } } })
    expect((await desk.good('snapshots')).stdout).not.toContain('host/interrupted/')
    const { job } = await desk.job('backup', source, '-r', repository, '--id', 'interrupted')
    expect(summaryOf(job).reusedChunks).toBeGreaterThan(2)
  })

  it('before the job may start takes it out of the queue', async () => {
    const first = startSlowly('backup', large, '-r', repository, '--id', 'turn', '--mode', 'data')
    await whenJob(desk.dataDirectory, 'backup', (status) => status.state === 'running')
    const second = desk.start('backup', small, '-r', repository, '--id', 'turn-second')
    await whenJob(desk.dataDirectory, 'backup', ({ state }) => state === 'waiting')
    second.process.kill('SIGINT')
    expect((await second.ended).code).toBe(130)
    expect((await first.ended).code).toBe(0)
    expect((await desk.good('snapshots')).stdout).not.toContain('host/turn-second/')
  })
})
