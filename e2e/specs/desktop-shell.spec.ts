import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { findChromium } from '../harness/find-host.ts'
import { builtApp, startDesktopShell } from '../harness/shell/desktop-shell.ts'
import { protectAndLook, test } from '../harness/shell/shell-test.ts'
import { App } from '../models/app.ts'

// Its pages come and go with the shell, and a trace of one that went cannot be kept.
test.use({ trace: 'off', screenshot: 'off' })
test.skip(findChromium() === undefined, 'The stand-in for Electron shows its windows in Chromium, which is not here.')

test('the window of the shell protects a folder and looks into it; the tray follows', async ({ shell }) => {
  await protectAndLook(shell)
})

test('a closed window comes back from the tray and by a link, and the app ends when told', async ({ shell }) => {
  await expect((await shell.window()).getByRole('heading', { level: 1 })).toBeVisible()
  shell.wish({ wish: 'close' })
  await shell.next('closed')

  shell.wish({ wish: 'click', item: 'Open Holdfast' })
  await expect((await shell.window()).getByRole('heading', { level: 1 })).toBeVisible()
  shell.wish({ wish: 'close' })
  await shell.next('closed')

  shell.wish({ wish: 'link', link: 'holdfast://settings' })
  const again = await shell.window()
  await new App(again).expectHeading('Settings')
  shell.wish({ wish: 'link', link: 'holdfast://plans' })
  await new App(again).expectHeading('Plans')
  shell.wish({ wish: 'click', item: 'Quit Holdfast' })
  expect(await shell.ended()).toBe(0)
})

test('settings of the desktop are carried out', async ({ shell, folder }) => {
  const window = await shell.window()
  await new App(window).goTo('Settings')
  await window.getByRole('switch', { name: 'Start at login' }).press('Space')
  const entry = join(folder, 'config', 'autostart', 'holdfast.desktop')
  await expect(async () => expect(await readFile(entry, 'utf8')).toContain('--hidden')).toPass()
  await window.getByRole('switch', { name: 'Start at login' }).press('Space')
  await expect(() => expect(readFile(entry)).rejects.toThrow('ENOENT')).toPass()

  await window.getByRole('switch', { name: 'Keep running in the tray' }).press('Space')
  await expect(window.getByRole('switch', { name: 'Keep running in the tray' })).not.toBeChecked()
  shell.wish({ wish: 'close' })
  expect(await shell.ended()).toBe(0)
})

test('started hidden it shows no window until it is asked', async ({ folder }) => {
  const shell = startDesktopShell(folder, builtApp, '--hidden')
  try {
    await shell.next('tray') // a window would have begun to open before it
    expect(shell.log()).not.toContain('"opening"')
    shell.wish({ wish: 'click', item: 'Open Holdfast' })
    await expect((await shell.window()).getByRole('heading', { level: 1 })).toBeVisible()
  } finally {
    await shell.kill()
  }
})
