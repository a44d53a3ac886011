import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeStage } from './staging.ts'

test('what a crash left behind is taken away, what is young or runs is not', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'hf-staging-'))
  try {
    const { pid: gone = 0 } = spawnSync('true')
    const names = [
      `holdfast-stage-${gone}-old`,
      `holdfast-stage-${gone}-young`,
      `holdfast-stage-${process.pid}-old`,
      'other',
    ]
    for (const name of names) {
      await mkdir(path.join(root, name))
      await writeFile(path.join(root, name, 'ibdata1'), 'x')
      if (!name.endsWith('young')) await utimes(path.join(root, name), 1, 1)
    }
    const made = path.basename(await makeStage(root))
    expect((await readdir(root)).toSorted()).toEqual([...names.slice(1), made].toSorted())
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
