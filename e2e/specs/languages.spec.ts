import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, type Locator, type Page, type TestInfo } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import { sharedTest } from '../harness/test.ts'
import { noise, picture, writeTree } from '../harness/tree.ts'

/** One Holdfast whose window speaks German, seen at both sizes and in both themes. */
const test = sharedTest(async (holdfast) => {
  const home = (path: string) => join(holdfast.home, path)
  await holdfast.cli('init', join(holdfast.folder, 'Elements'), '--name', 'Elements')
  await fillDiary(holdfast)
  await writeTree(home('Bilder'), { 'hafen.png': picture(640, 360), '2026/IMG_1.jpg': noise(300_000, 1) })
  await writeTree(home('Alter Laptop'), { 'notizen.txt': 'Alles kopieren\n' })
  const add = (name: string, ...rest: string[]) =>
    holdfast.cli('plan', 'add', home(name), '--name', name, '-r', 'Elements', ...rest)
  await add('Bilder', '--every', '60')
  await add('Alter Laptop', '--daily', '01:00')
  for (const name of ['Bilder', 'Alter Laptop']) await holdfast.cli('plan', 'run', name)
  await rm(home('Alter Laptop'), { recursive: true })
  await holdfast.cli('plan', 'run', 'Alter Laptop').catch(() => undefined)
})

test('the language is chosen in the settings, takes effect at once and stays', async ({ window }) => {
  await open(window, '/settings/general')
  await window.getByRole('radiogroup', { name: 'Language' }).getByText('Deutsch').click()
  await expect(window.getByRole('heading', { name: 'Allgemein' })).toBeVisible()
  await expect(window.locator('html')).toHaveAttribute('lang', 'de')
  await window.reload()
  await expect(window.getByRole('heading', { name: 'Allgemein' })).toBeVisible()
  await window.getByRole('radiogroup', { name: 'Sprache' }).getByText('English').click()
  await expect(window.getByRole('heading', { name: 'General' })).toBeVisible()
  await expect(window.locator('html')).toHaveAttribute('lang', 'en')
})

const looks = [
  { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' },
] as const

test('German fits, at both sizes', async ({ window }, info) => {
  test.setTimeout(300_000)
  await speakGerman(window)
  for (const { viewport, colorScheme } of looks) {
    await window.setViewportSize(viewport)
    await window.emulateMedia({ colorScheme })
    await lookAround(window, info, `${viewport.width}`)
  }
})

/** Every screen and what opens beside it, in German. */
async function lookAround(window: Page, info: TestInfo, name: string): Promise<void> {
  const look = async (path: string, ready: Locator) => {
    await open(window, path)
    await expect(ready).toBeVisible()
    await expectNothingCut(window, path)
    await keepPicture(window, info, `${name}${path.split('?')[0]?.replaceAll('/', ' ')}`)
  }
  const heading = (text: string | RegExp) => window.getByRole('heading', { name: text }).first()
  await look('/', heading(/Alter Laptop hat den letzten Lauf nicht beendet/))
  await look('/plans', heading('Nächste Läufe'))
  await look('/plans/new', heading('Was bleibt'))
  await look('/activity', heading('Was sicher ist'))
  await look('/repositories', heading('Ausdünnen, simuliert'))
  await look('/services', heading('Dienste'))
  for (const section of ['general', 'notifications', 'security', 'catalog', 'about']) {
    await look(`/settings/${section}`, heading('Einstellungen'))
  }
  await look('/search?q=a', heading(/Suche nach/))
  await window
    .getByRole('button', { name: /wiederherstellen$/ })
    .first()
    .click()
  await expect(heading('Was geschehen wird')).toBeVisible()
  await expectNothingCut(window, 'search beside the restore panel')
  await keepPicture(window, info, `${name} search and restore`)
  await look('/compare', heading('Vergleichen'))
  await look('/snapshots', window.getByRole('tree', { name: 'Ordner' }))
  await window.getByRole('row').nth(1).click()
  await expect(window.getByRole('region', { name: 'Versionen' })).toBeVisible()
  await expectNothingCut(window, 'detail')
  await keepPicture(window, info, `${name} detail`)
  await window.keyboard.press('Control+k')
  await window.getByRole('textbox', { name: 'Befehle suchen' }).fill('sprache')
  await expect(window.getByText('Sprache wie das System')).toBeVisible()
  await keepPicture(window, info, `${name} palette`)
  await window.keyboard.press('Escape')
  await window.keyboard.press('?')
  await expect(window.getByRole('dialog', { name: 'Tastatur' })).toBeVisible()
  await keepPicture(window, info, `${name} keys`)
  await window.keyboard.press('Escape')
}

async function open(window: Page, path: string): Promise<void> {
  await window.goto(new URL(path, window.url()).href)
}

async function speakGerman(window: Page): Promise<void> {
  await open(window, '/settings/general')
  await window
    .getByRole('radiogroup', { name: /Language|Sprache/ })
    .getByText('Deutsch')
    .click()
  await expect(window.getByRole('heading', { name: 'Allgemein' })).toBeVisible()
}

/**
 * Words of the window itself are never cut: buttons, labels, heads, choices. Names and paths that a person gave may be,
 * and say so with three dots (`hf-ell`).
 */
async function expectNothingCut(window: Page, where: string): Promise<void> {
  const cut = await window.evaluate(() => {
    const selector =
      'button, label, h1, h2, h3, th, dt, [role=columnheader], .mantine-SegmentedControl-innerLabel, .mantine-Button-label, .mantine-Menu-itemLabel'
    return [...document.querySelectorAll<HTMLElement>(selector)]
      .filter((element) => element.closest('.hf-ell, .hf-sr, [role=row], [role=treeitem]') === null)
      .filter((element) => element.querySelector('.hf-ell') === null && element.offsetParent !== null)
      .filter((element) => {
        const { overflowX } = getComputedStyle(element)
        return overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1
      })
      .map((element) => element.innerText)
      .filter((text) => text.trim() !== '')
  })
  expect.soft(cut, `cut on ${where}`).toEqual([])
}

/** For the eyes: the pictures of a run lie beside its results. */
async function keepPicture(window: Page, info: TestInfo, name: string): Promise<void> {
  await window.screenshot({ path: info.outputPath(`${name}.png`) })
}
