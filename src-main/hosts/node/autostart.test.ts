import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { autostartFolder, setAutostart } from './autostart.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-autostart-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('a desktop entry starts Holdfast hidden with each login, until that is taken back', async () => {
  const folder = autostartFolder(home, {})
  await setAutostart(folder, ['/opt/Holdfast/holdfast', '--hidden'])
  const text = await readFile(join(home, '.config/autostart/holdfast.desktop'), 'utf8')
  expect(text).toContain('\nExec="/opt/Holdfast/holdfast" "--hidden"\n')
  await setAutostart(folder, undefined)
  await setAutostart(folder, undefined) // none there: nothing to do
  expect(await readdir(folder)).toEqual([])
})

test.each([
  ['/home/x/a b/holdfast', '"/home/x/a b/holdfast"'],
  ['/home/100%/holdfast', '"/home/100%%/holdfast"'],
  ['/home/$x/`y`/"z"', '"/home/\\\\$x/\\\\`y\\\\`/\\\\"z\\\\""'],
])('the path %s cannot break out of its entry', async (path, quoted) => {
  await setAutostart(home, [path])
  expect(await readFile(join(home, 'holdfast.desktop'), 'utf8')).toContain(`\nExec=${quoted}\n`)
})

test('the folder is where the desktop looks', () => {
  expect(autostartFolder('/home/x', { XDG_CONFIG_HOME: '/home/x/conf' })).toBe('/home/x/conf/autostart')
})
