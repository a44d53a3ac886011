import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CommandLine, errorOf, repositoryFolder, summaryOf, workFolder } from './testing/command-line.ts'
import { differences } from './testing/every-kind-tree.ts'
import { canMount, mountSmallDisk } from './testing/small-disk.ts'

const folder = workFolder()
const datastore = repositoryFolder()

describe.each([
  ['a datastore', datastore],
  ['a casync store', join(folder, 'store.castr')],
])('a file is removed from all snapshots of %s', (name, repository) => {
  const desk = new CommandLine(join(folder, name))
  const source = join(folder, `files-${name.length}`)

  it('listed first, then done, found nowhere, and everything else comes back', async () => {
    mkdirSync(join(source, 'keys'), { recursive: true })
    writeFileSync(join(source, 'photo.jpg'), randomBytes(2_000_000))
    writeFileSync(join(source, 'keys', 'secret.pem'), 'the secret')
    await desk.good('init', repository)
    for (const text of ['first', 'second']) {
      writeFileSync(join(source, 'notes.txt'), text)
      await desk.good('backup', source, '--id', 'desk', '--repository', repository)
    }
    const { documents } = await desk.json('snapshots')
    const oldest = documents.at(-1) as { readonly id: string }
    await desk.good('protect', oldest.id)

    const tried = await desk.job(
      'history',
      'remove',
      repository,
      'keys/secret.pem',
      '--dry-run',
      '--group',
      'host/desk',
    )
    expect(tried.code).toBe(3) // a protected one holds it too
    expect(summaryOf(tried.job).counts).toEqual({ seen: 2, stored: 1, unchanged: 0, skipped: 1, failed: 0 })
    const asked = await desk.run('history', 'remove', repository, 'keys/secret.pem')
    expect([asked.code, asked.stdout]).toEqual([1, ''])
    expect(asked.stderr).toContain('host/desk: 2 snapshots hold it, 1 of them protected; 1 versions with 10 B.')
    expect(asked.stderr).toContain('--yes')
    expect((await desk.json('find', 'secret.pem')).documents).toHaveLength(1)

    const done = await desk.run('history', 'remove', repository, 'keys/secret.pem', '--yes', '--protected')
    expect(done.code).toBe(0)
    expect(done.stdout).toContain('2 snapshots = 2 changed + 0 without it + 0 left alone + 0 failed')
    expect(done.stdout).toMatch(/changed {6}host\/desk\/\S+Z {2}1 entry, 10 B/)
    expect((await desk.json('find', 'secret.pem')).documents).toEqual([])
    const target = join(folder, `${name} back`)
    await desk.good('restore', oldest.id, '--target', target)
    const back = (...names: string[]) => existsSync(join(target, `files-${name.length}`, ...names))
    expect([back('keys'), back('keys', 'secret.pem'), back('photo.jpg'), back('notes.txt')]).toEqual([
      true,
      false,
      true,
      true,
    ])
    await desk.good('verify', '--repository', repository)
    expect((await desk.good('audit', 'list')).stdout).toContain('history.remove')
  })

  it('refuses a group, a plan and a path that are not there', async () => {
    const remove = (...words: string[]) => desk.run('history', 'remove', repository, ...words, '--yes')
    expect(await remove('keys', '--group', 'host/other')).toMatchObject({ code: 1 })
    expect((await remove('keys', '--plan', 'other')).stderr).toContain('There is no such plan.')
    expect((await remove('never/was')).stdout).toContain('2 snapshots = 0 changed + 2 without it')
    expect((await remove('')).stderr).toContain('This is a whole archive.')
  })
})

describe.runIf(canMount)('a disk that is full', () => {
  it('leaves the snapshots as they were, and is forgiven once there is room', async () => {
    const desk = new CommandLine(join(folder, 'full'))
    const source = join(folder, 'full-source')
    mkdirSync(source)
    // Neighbours of the secret in its block have to be stored anew.
    for (let i = 10; i < 40; i++) writeFileSync(join(source, `part-${i}`), randomBytes(200_000))
    writeFileSync(join(source, 'part-25-secret'), randomBytes(1000))
    const disk = join(folder, 'full-disk')
    mountSmallDisk(disk, 40 << 20)
    const store = join(disk, 'store')
    await desk.good('init', store)
    await desk.good('backup', source, '--id', 'desk')
    writeFileSync(join(disk, 'filler'), randomBytes((40 << 20) - used(disk) - 400_000))

    const remove = () => desk.job('history', 'remove', store, 'part-25-secret', '--yes')
    const { job, code } = await remove()
    expect([code, errorOf(job).code]).toEqual([1, 'disk/full'])
    rmSync(join(disk, 'filler'))
    expect(readdirSync(join(store, '.replacing'))).toEqual([])
    await desk.good('restore', 'latest:desk', '--target', join(folder, 'from-full'))
    expect(differences(source, join(folder, 'from-full', 'full-source'))).toBe('')
    expect(summaryOf((await remove()).job).counts).toMatchObject({ seen: 1, stored: 1 })
    await desk.good('verify')
  })
})

function used(disk: string): number {
  const { blocks, bfree, bsize } = statfsSync(disk)
  return (blocks - bfree) * bsize
}
