import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test as base, expect } from '@playwright/test'
import { makeQuickFolder } from '../../../src-main/app/testing/quick-folder.ts'
import { Activity } from '../../models/activity.ts'
import { App } from '../../models/app.ts'
import { Explorer } from '../../models/explorer.ts'
import { PlanEditor } from '../../models/plan-editor.ts'
import { writeTree } from '../tree.ts'
import { builtApp, type DesktopShell, type ShellApp, startDesktopShell } from './desktop-shell.ts'

interface Fixtures {
  readonly folder: string
  /** What is run: what was built, unless it says something else. */
  readonly shellApp: ShellApp
  readonly shell: DesktopShell
}

/** A shell over its own port, scheme and preload; Electron itself is a stand-in. */
export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
  folder: async ({}, use) => {
    const folder = makeQuickFolder('holdfast-shell-')
    await mkdir(join(folder, 'home'))
    await use(folder)
    rmSync(folder, { recursive: true, force: true })
  },
  shellApp: builtApp,
  shell: async ({ folder, shellApp }, use, info) => {
    await writeTree(join(folder, 'home', 'Documents'), { 'one.txt': 'first line\nsecond line\n' })
    const shell = startDesktopShell(folder, shellApp)
    await use(shell)
    await shell.kill()
    if (info.status !== info.expectedStatus) await info.attach('shell.log', { body: shell.log() })
  },
})

/** What the links of the settings open. */
const pages = {
  Documentation: '/docs/README.md',
  'What is new': '/CHANGELOG.md',
  'Accessibility statement': '/docs/accessibility.md',
  Licence: '/LICENSE',
  'Licences of libraries': '/third-party-licences.md',
}

/** The window of the shell protects a folder and looks into it; the tray follows; the pages that came along open. */
export async function protectAndLook(shell: DesktopShell): Promise<void> {
  const window = await shell.window()
  await window.getByRole('button', { name: 'Protect Documents' }).click()
  await new PlanEditor(window).backUpNow()
  await shell.next('tray', ({ items }) => items.includes('Back up Documents'))
  await new Activity(window).expectGood('Back up Documents')
  await shell.next('tray', ({ toolTip }) => toolTip === 'Holdfast: Nothing is running')

  await window.getByRole('button', { name: 'Open snapshot' }).click()
  const explorer = new Explorer(window)
  await explorer.select('one.txt')
  await expect(explorer.content).toContainText('second line')

  await new App(window).goTo('Settings')
  await window.getByRole('link', { name: 'About', exact: true }).click()
  for (const [link, file] of Object.entries(pages)) {
    await window.getByRole('button', { name: link, exact: true }).click()
    await shell.next('opened', ({ path }) => path.endsWith(file))
  }
}
