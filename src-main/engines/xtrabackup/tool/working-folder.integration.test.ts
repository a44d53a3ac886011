import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { makeWorkingFolder } from './working-folder.ts'

test('what a crash left behind is taken away; what is young, runs or is of another kind is not', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'hf-working-'))
  try {
    const { pid: gone = 0 } = spawnSync('true')
    const stays = [
      `holdfast-stage-${gone}-young`,
      `holdfast-stage-${process.pid}-old`,
      `holdfast-login-${gone}-old`,
      'holdfast-stage-x-old',
      'other',
    ]
    for (const name of [`holdfast-stage-${gone}-old`, ...stays]) {
      await mkdir(path.join(root, name))
      await writeFile(path.join(root, name, 'ibdata1'), 'x')
      if (!name.endsWith('young')) await utimes(path.join(root, name), 1, 1)
    }
    const made = await makeWorkingFolder(root, 'stage')
    expect((await stat(made)).mode & 0o777).toBe(0o700)
    expect((await readdir(root)).toSorted()).toEqual([...stays, path.basename(made)].toSorted())
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})

test('where no folder can be made, what stands in the way is said', async () => {
  const root = await mkdtemp(path.join(tmpdir(), 'hf-working-'))
  try {
    await writeFile(path.join(root, 'file'), 'x')
    for (const where of ['file', 'file/below', 'x'.repeat(300)])
      await expect(makeWorkingFolder(path.join(root, where), 'stage')).rejects.toMatchObject({
        code: 'disk/read-only',
        detail: expect.stringContaining(path.join(root, where)),
      })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
