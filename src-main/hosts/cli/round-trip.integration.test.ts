import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, lstatSync, mkdirSync, openSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { CommandLine, summaryOf, workFolder } from './testing/command-line.ts'
import { differences, makeDeepTree, makeEveryKindTree, tarDigest } from './testing/every-kind-tree.ts'

const folder = workFolder()
const desk = new CommandLine(join(folder, 'desk'))
const documentation = '/usr/share/doc'

beforeAll(async () => {
  await desk.good('init', join(folder, 'repository'))
})

describe('what was backed up and restored elsewhere', () => {
  it('is the same down to every attribute of every kind of node', async () => {
    const source = join(folder, 'everything')
    await makeEveryKindTree(source)
    await desk.good('backup', source, '--id', 'everything')
    const target = join(folder, 'everything-back')
    const { job } = await desk.job('restore', 'latest:everything', '--target', target)
    expect(job.warnings).toBe(0)
    expect(differences(source, join(target, 'everything'))).toBe('')
    expect(tarDigest(join(target, 'everything'))).toBe(tarDigest(source))
    // Holes stay holes: 40 MiB with a few blocks, 5 MiB with none.
    expect(statSync(join(target, 'everything/sparse')).blocks).toBeLessThan(64)
    expect(statSync(join(target, 'everything/hole')).blocks).toBe(0)
    expect(lstatSync(join(target, 'everything/socket')).isSocket()).toBe(true)
  })

  it('is the same where the path is longer than a system call takes', async () => {
    const source = join(folder, 'deep')
    makeDeepTree(source)
    await desk.good('backup', source, '--id', 'deep')
    const target = join(folder, 'deep-back')
    await desk.good('restore', 'latest:deep', '--target', target)
    expect(tarDigest(join(target, 'deep'))).toBe(tarDigest(source))
  })

  it.runIf(existsSync(documentation))('is the same for the documentation of this system', async () => {
    await desk.good('backup', documentation, '--id', 'doc')
    const target = join(folder, 'doc-back')
    await desk.good('restore', 'latest:doc', '--target', target)
    expect(differences(documentation, join(target, 'doc'))).toBe('')
  })

  it('is the same with the older archive format', async () => {
    const source = join(folder, 'legacy')
    await makeEveryKindTree(source)
    await desk.good('backup', source, '--id', 'legacy', '--mode', 'legacy')
    const target = join(folder, 'legacy-back')
    await desk.good('restore', 'latest:legacy', '--target', target)
    expect(differences(source, join(target, 'legacy'))).toBe('')
  })
})

describe('a second backup', () => {
  const source = join(folder, 'second')
  const megabytes = 192
  const contentBytes = megabytes * 1024 * 1024

  beforeAll(() => {
    mkdirSync(source)
    for (let i = 0; i < megabytes / 8; i++) {
      writeFileSync(join(source, `part ${i}`), randomBytes(8 * 1024 * 1024))
    }
    execFileSync('bash', [
      '-c',
      'mkdir "$1/small" && cd "$1/small" && for i in $(seq 2000); do echo $i > $i; done',
      '',
      source,
    ])
    const past = new Date('2026-01-02T03:04:05Z')
    for (let i = 0; i < megabytes / 8; i++) utimesSync(join(source, `part ${i}`), past, past)
  })

  it('of an unchanged tree reads no content and stores nothing', async () => {
    const first = await desk.job('backup', source, '--id', 'second')
    expect(first.ran.readBytes).toBeGreaterThan(contentBytes)
    expect(summaryOf(first.job).newChunks).toBeGreaterThan(40)

    const idle = await desk.run('snapshots')
    const { job, ran } = await desk.job('backup', source, '--id', 'second')
    const summary = summaryOf(job)
    expect(summary).toMatchObject({ newChunks: 0, storedBytes: 0, counts: { stored: 0, failed: 0, skipped: 0 } })
    expect(summary.counts?.unchanged).toBe(summary.counts?.seen)
    // What it reads beyond an idle command: the names and metadata of the snapshot before, and the index.
    expect(ran.readBytes - idle.readBytes).toBeLessThan(contentBytes / 10)
  })

  it('after one changed byte stores the block that holds it, and names', async () => {
    const file = openSync(join(source, 'part 3'), 'r+')
    writeSync(file, Buffer.from([0x55]), 0, 1, 4_000_000)
    const idle = await desk.run('snapshots')
    const { job, ran } = await desk.job('backup', source, '--id', 'second')
    const summary = summaryOf(job)
    expect(summary.counts).toMatchObject({ stored: 1, failed: 0 })
    // The byte's chunk; where it ends elsewhere than before, its neighbour; and chunks of names and the manifest.
    expect(summary.newChunks).toBeGreaterThan(0)
    expect(summary.newChunks).toBeLessThanOrEqual(4)
    expect(summary.storedBytes).toBeLessThan(16 * 1024 * 1024)
    expect(ran.readBytes - idle.readBytes).toBeLessThan(contentBytes / 4)

    const target = join(folder, 'second-back')
    await desk.good('restore', 'latest:second', '--target', target)
    expect(differences(source, join(target, 'second'))).toBe('')
  })
})
