import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makePrivateFolder } from './private-folder.ts'

let root = ''

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'private-folder-'))
})

afterEach(() => rm(root, { recursive: true, force: true }))

test('a folder that is in use is left alone, and nothing is left of it in the end', async () => {
  const first = await makePrivateFolder(root, 'spool')
  await writeFile(path.join(first.path, 'file'), 'x')
  const second = await makePrivateFolder(root, 'spool')
  expect(await readdir(first.path)).toEqual(['file'])
  expect((await stat(second.path)).mode & 0o777).toBe(0o700)
  for (const folder of [first, second, second]) await folder.remove()
  expect(await readdir(root)).toEqual([])
})

test('what a process that was killed has left goes with the next start, other folders stay', async () => {
  const other = await makePrivateFolder(root, 'login')
  await writeFile(path.join(root, 'holdfast-notes.txt'), 'a person’s own')
  const module = new URL('./private-folder.ts', import.meta.url).href
  const script = `
    import { writeFileSync } from 'node:fs'
    const { makePrivateFolder } = await import(${JSON.stringify(module)})
    const folder = await makePrivateFolder(process.argv[1], 'spool')
    writeFileSync(folder.path + '/half', 'x')
    process.kill(process.pid, 'SIGKILL')`
  const killed = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, root])
  await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' })
  expect((await readdir(root)).filter((name) => name.startsWith('holdfast-spool-'))).toHaveLength(2)
  const next = await makePrivateFolder(root, 'spool')
  await next.remove()
  await other.remove()
  expect(await readdir(root)).toEqual(['holdfast-notes.txt'])
})

test('what is no lock of ours is left alone, and nothing behind it is written to', async () => {
  await symlink(path.join(root, 'elsewhere'), path.join(root, 'holdfast-spool-1-x.lock'))
  const folder = await makePrivateFolder(root, 'spool')
  await folder.remove()
  expect(await readdir(root)).toEqual(['holdfast-spool-1-x.lock'])
})

test('where no folder can be made, what stands in the way is said', async () => {
  await writeFile(path.join(root, 'file'), 'x')
  for (const where of ['file', 'file/below', 'x'.repeat(300)])
    await expect(makePrivateFolder(path.join(root, where), 'stage')).rejects.toMatchObject({
      code: 'disk/read-only',
      detail: expect.stringContaining(path.join(root, where)),
    })
})
