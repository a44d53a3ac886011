import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { CommandLine, summaryOf, workFolder } from './testing/command-line.ts'
import { differences, makeEveryKindTree } from './testing/every-kind-tree.ts'

/** A casync store as a repository on the command line, beside the real casync. */
const run = promisify(execFile)
const folder = workFolder()
const store = join(folder, 'shared.castr')
const source = join(folder, 'source')
const desk = new CommandLine(join(folder, 'desk'))

beforeAll(async () => {
  await makeEveryKindTree(source)
  await run('casync', ['make', `--store=${store}`, join(folder, 'older.caidx'), source])
  await desk.good('init', store)
})

test('what casync made is there: listed, browsed and restored', async () => {
  expect((await desk.good('snapshots')).stdout).toContain('host/older/')
  await desk.good('restore', 'latest:older', '--target', join(folder, 'older'))
  expect(readdirSync(join(folder, 'older'))).toEqual(['older'])
})

test('a backup into the store reads nothing the second time, comes back, and casync extracts it', async () => {
  const first = summaryOf((await desk.job('backup', source, '-r', 'shared', '--id', 'desk')).job)
  expect(first.counts?.failed).toBe(0)
  const second = summaryOf((await desk.job('backup', source, '-r', 'shared', '--id', 'desk')).job)
  expect(second.counts).toMatchObject({ stored: 0 })
  expect(second.newChunks).toBe(0)
  await desk.good('restore', 'latest:desk', '--target', join(folder, 'back'))
  // casync has no times before 1970 and no hard links: what it cannot hold was said in the log.
  const lost = differences(source, join(folder, 'back/source'))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('hf ') && !line.endsWith('plain/zeros.bin'))
  expect(lost).toEqual([])
  // The tree is deeper than the real casync can go, so it gets a part of it.
  expect((await desk.run('backup', join(source, 'plain'), '-r', 'shared', '--id', 'plain')).code).toBe(3) // with that warning
  const index = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('/plain.caidx'))
  await run('casync', ['extract', `--store=${store}`, join(folder, index ?? ''), join(folder, 'extracted')])
  expect(readdirSync(join(folder, 'extracted')).toSorted()).toEqual(readdirSync(join(source, 'plain')).toSorted())
  await desk.good('verify', '-r', 'shared')
})

test('a snapshot copied into a repository of the other kind, and back, is the same', async () => {
  await desk.good('init', join(folder, 'datastore'))
  // Proxmox Backup keeps numbers of owners, not their names, and a copy says so.
  const copy = await desk.run('copy', 'latest:desk', '--to', 'datastore')
  expect(copy.stderr.split('\n').filter((line) => line !== '' && !line.includes('not the names'))).toEqual([])
  expect(copy.code).toBe(copy.stderr === '' ? 0 : 3)
  await desk.good('init', join(folder, 'elsewhere/third.castr'))
  const copied = await desk.json('snapshots')
  expect(copied.documents).toHaveLength(5)
  await desk.good('copy', 'latest:desk', '--to', 'third')
  await desk.good('verify', '-r', 'third')
})

test('single indexes are made, listed and extracted with the words of casync', async () => {
  const index = join(folder, 'words.caidx')
  const plain = join(source, 'plain')
  const made = await desk.good('casync', 'make', `--store=${store}`, '--exclude-nodump=no', index, plain)
  expect(made.stdout).toBe((await run('casync', [`--store=${store}`, 'digest', index])).stdout)
  const listed = await desk.good('casync', 'list', `--store=${store}`, index)
  expect(listed.stdout).toBe((await run('casync', [`--store=${store}`, 'list', index])).stdout)
  await desk.good('casync', 'extract', `--store=${store}`, '--seed-output=no', index, join(folder, 'words'))
  // casync has no times before 1970.
  expect(differences(plain, join(folder, 'words')).replace(/^\.f\.\.t\S* zeros\.bin\n/m, '')).toBe('')
  expect((await desk.run('casync', 'stat', `--store=${store}`, index, 'nowhere')).code).toBe(1)
})

test('Ctrl-C ends a make with 130 and a plain word: no index, and a store in which every chunk is whole', async () => {
  const large = join(folder, 'large.bin')
  writeFileSync(large, '')
  for (let part = 0; part < 20; part++) appendFileSync(large, randomBytes(10 << 20))
  const [place, index] = [join(folder, 'cut-off.castr'), join(folder, 'cut-off.caibx')]
  const making = desk.start('casync', 'make', `--store=${place}`, index, large)
  await vi.waitUntil(() => existsSync(place) && readdirSync(place).length > 100, { timeout: 250_000 })
  making.process.kill('SIGINT')
  const { code, stderr } = await making.ended
  expect(code).toBe(130)
  expect(stderr.trim()).toBe('Interrupted: what was not finished is left out.\nRun it again.')
  expect(existsSync(index)).toBe(false)
  await desk.good('casync', 'make', `--store=${place}`, index, large)
  await desk.good('casync', 'verify', `--store=${place}`)
})
