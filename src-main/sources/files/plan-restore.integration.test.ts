import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { ConflictPolicy, RestoreOutcome } from '../../../src-shared/model/restore.ts'
import { extractTree } from './extract.ts'
import { planRestore } from './plan-restore.ts'
import {
  calls,
  directoryEntry,
  extractOptions,
  fileEntry,
  leave,
  listener,
  never,
  root,
  stream,
  symlinkEntry,
  temporaryFolder,
} from './tree-fixture.ts'

function prepare(): string {
  const to = temporaryFolder()
  mkdirSync(join(to, 'd'))
  mkdirSync(join(to, 'blocked'))
  for (const name of ['same', 'older', 'newer', 'd/in']) writeFileSync(join(to, name), '12345')
  utimesSync(join(to, 'same'), 1_600_000_000, 1_600_000_000)
  utimesSync(join(to, 'older'), 1, 1)
  symlinkSync('x', join(to, 'link'))
  writeFileSync(join(to, 'file'), 'where a folder will be')
  return to
}

function entries() {
  const same = fileEntry('same', '54321', 1_600_000_000_000_000_000n)
  const files = [
    same,
    fileEntry('older', 'x'),
    fileEntry('newer', 'x'),
    fileEntry('fresh', 'x'),
    fileEntry('blocked', 'x'),
  ]
  const folders = [
    directoryEntry('d'),
    fileEntry('in', 'x'),
    leave,
    directoryEntry('file'),
    fileEntry('in', 'x'),
    leave,
  ]
  return stream(root, ...files, ...folders, symlinkEntry('link', 'x'), leave)
}

async function plan(to: string, conflict: ConflictPolicy): Promise<Record<string, RestoreOutcome>> {
  const found: Record<string, RestoreOutcome> = {}
  for await (const item of planRestore(entries(), to, { calls, conflict }, never))
    found[item.path.toString()] = item.outcome
  return found
}

it.each([
  [
    'overwrite',
    {
      '/same': 'identical',
      '/older': 'overwrite',
      '/newer': 'overwrite',
      '/d/in': 'overwrite',
      '/file': 'overwrite',
      '/file/in': 'new',
      '/blocked': 'skip',
    },
  ],
  [
    'newer',
    {
      '/same': 'identical',
      '/older': 'overwrite',
      '/newer': 'newer-on-disk',
      '/d/in': 'newer-on-disk',
      '/file': 'newer-on-disk',
      '/file/in': 'new',
      '/blocked': 'skip',
    },
  ],
  [
    'skip',
    {
      '/same': 'identical',
      '/older': 'skip',
      '/newer': 'skip',
      '/d/in': 'skip',
      '/file': 'skip',
      '/file/in': 'new',
      '/blocked': 'skip',
    },
  ],
  [
    'rename',
    {
      '/same': 'identical',
      '/older': 'keep-both',
      '/newer': 'keep-both',
      '/d/in': 'keep-both',
      '/file': 'keep-both',
      '/file/in': 'new',
      '/blocked': 'keep-both',
    },
  ],
] as const)('a preview with %s says what the restore will do', async (conflict, expected) => {
  const to = prepare()
  const found = await plan(to, conflict)
  expect(found).toEqual({ '': 'identical', '/d': 'identical', '/fresh': 'new', '/link': 'identical', ...expected })
  const counts = await extractTree(entries(), to, { ...extractOptions, conflict }, listener(), never)
  const planned = Object.values(found)
  expect(counts.identical).toBe(planned.filter((outcome) => outcome === 'identical').length)
  // What is below a folder that stays out is planned as new: the preview shows the folder's own line as the reason.
  const written = planned.filter((outcome) => ['new', 'overwrite', 'keep-both'].includes(outcome)).length
  expect(counts.written).toBe(
    expected['/file'] === 'skip' || expected['/file'] === 'newer-on-disk' ? written - 1 : written,
  )
})

it('a target that is not there makes everything new', async () => {
  expect(new Set(Object.values(await plan(join(temporaryFolder(), 'none'), 'overwrite')))).toEqual(new Set(['new']))
})
