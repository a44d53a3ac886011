import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { errorCodes } from '../../../src-shared/errors.ts'
import { CommandLine, summaryOf, workFolder } from './testing/command-line.ts'
import { differences } from './testing/every-kind-tree.ts'

const folder = workFolder()
const repository = join(folder, 'repository')
const source = join(folder, 'source')
const desk = new CommandLine(join(folder, 'desk'))

beforeAll(async () => {
  await desk.good('init', repository)
  mkdirSync(join(source, 'sub'), { recursive: true })
})

function chunks(): string[] {
  return readdirSync(join(repository, '.chunks'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /[0-9a-f]{64}$/.test(name),
  )
}

/** Flips one bit in the middle of the largest block that came since. */
function damageNewest(before: ReadonlySet<string>): void {
  const largest = chunks()
    .filter((name) => !before.has(name))
    .map((name) => join(repository, '.chunks', name))
    .toSorted((a, b) => statSync(b).size - statSync(a).size)[0]
  if (largest === undefined) throw new Error('no new block')
  const bytes = readFileSync(largest)
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] ?? 0) ^ 0x10
  writeFileSync(largest, bytes)
}

it('a flipped bit is found, named, and costs only the file it is in', async () => {
  writeFileSync(join(source, 'whole.bin'), randomBytes(6_000_000))
  writeFileSync(join(source, 'sub/other.txt'), 'text')
  await desk.good('backup', source, '--id', 'desk')
  const before = new Set(chunks())
  writeFileSync(join(source, 'sub/touched.bin'), randomBytes(9_000_000))
  const second = summaryOf((await desk.job('backup', source, '--id', 'desk')).job)
  damageNewest(before)

  // The touched file: an error that names the cause, and nothing of it in the target.
  const target = join(folder, 'touched')
  mkdirSync(target)
  const touched = await desk.run('restore', 'latest', 'sub/touched.bin', '--target', target)
  expect(touched.code).toBe(1)
  expect(touched.stderr).toContain(`touched.bin: ${errorCodes['chunk/corrupt']}`)
  expect(readdirSync(target)).toEqual([])
  const printed = await desk.run('cat', 'latest', 'sub/touched.bin')
  expect(printed.code).toBe(1)
  expect(printed.stderr).toContain(errorCodes['chunk/corrupt'])

  // The untouched ones, and everything in one go.
  await desk.good('restore', 'latest', 'whole.bin', '--target', join(folder, 'untouched'))
  expect(readFileSync(join(folder, 'untouched/whole.bin')).equals(readFileSync(join(source, 'whole.bin')))).toBe(true)
  const all = await desk.job('restore', 'latest', '--target', join(folder, 'all'))
  expect(all.code).toBe(1)
  expect(summaryOf(all.job).receipt).toMatchObject({ failed: 1, skipped: 0 })
  expect(readdirSync(join(folder, 'all/source/sub'))).toEqual(['other.txt'])
  expect(existsSync(join(folder, 'all/source/whole.bin'))).toBe(true)

  const verify = await desk.job('verify')
  expect(verify.code).toBe(1)
  const { verify: found } = summaryOf(verify.job)
  expect(found).toMatchObject({ snapshots: 2, corrupt: 1 })
  expect(found?.affected.map(({ files }) => files)).toEqual([['source/sub/touched.bin']])
  const [affected] = found?.affected ?? []
  const snapshots = (await desk.json('snapshots')).documents
  expect(snapshots[0]).toMatchObject({ id: second.snapshotId, verify: { state: 'failed' } })
  expect(snapshots[1]).toMatchObject({ verify: { state: 'ok' } })
  const lines = (await desk.good('snapshots')).stdout
  expect(lines).toContain('verify failed')
  expect(lines).toContain(affected?.snapshot)

  // The next backup reads the file again and mends it.
  const mended = await desk.job('backup', source, '--id', 'desk')
  expect(mended.code).toBe(0)
  await desk.good('restore', 'latest', '--target', join(folder, 'mended'))
  expect(differences(source, join(folder, 'mended/source'))).toBe('')
})
