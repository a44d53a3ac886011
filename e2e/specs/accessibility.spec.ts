import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'
import { fillDiary } from '../harness/diary.ts'
import type { Holdfast } from '../harness/holdfast.ts'
import { test as fresh, sharedTest } from '../harness/test.ts'
import { AddBucket } from '../models/add-bucket.ts'
import { App } from '../models/app.ts'
import { Compare } from '../models/compare.ts'
import { Explorer } from '../models/explorer.ts'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

const test = sharedTest(fillDiary)

type Visit = (app: App, holdfast: Holdfast) => Promise<void>

const settled = (page: Page) => page.getByRole('status', { name: 'Loading' }).waitFor({ state: 'hidden' })
const at = (path: string, heading: string | RegExp): Visit => {
  return async (app) => {
    await app.open(path)
    await app.expectHeading(heading)
    await settled(app.page)
  }
}

const screens: Readonly<Record<string, Visit>> = {
  overview: at('/', /up to date/),
  plans: at('/plans', 'Documents'),
  'plan editor': async (app, holdfast) => {
    await app.open(`/plans/new?path=${encodeURIComponent(join(holdfast.home, 'Documents'))}`)
    await expect(app.page.getByRole('complementary', { name: 'Summary' })).toContainText('files')
  },
  calendar: at('/plans/calendar', 'Calendar'),
  'restore step by step': async (app, holdfast) => {
    await at('/restore', 'Restore step by step')(app, holdfast)
    await app.page.getByRole('radio').first().check()
  },
  repair: async (app) => {
    await app.open('/repositories')
    await app.page.getByRole('main').getByRole('button', { name: 'Repair' }).click()
    await expect(app.page.getByRole('dialog')).toBeVisible()
  },
  activity: at('/activity', 'Activity'),
  repositories: at('/repositories', 'This computer'),
  'a bucket to add': async (app) => {
    await app.open('/repositories')
    await app.page.getByRole('button', { name: 'Add repository' }).click()
    const adding = new AddBucket(app.page, 'Add a repository')
    await adding.choose()
    await expect(adding.accessKey).toBeVisible()
  },
  'folders by size': async (app) => {
    await app.open('/repositories')
    const space = app.page.getByRole('region', { name: 'What takes the space' })
    await space.getByRole('listitem').getByRole('button', { name: 'Documents' }).click()
    await expect(space.getByRole('row', { name: 'music' })).toBeVisible()
  },
  services: at('/services', 'Services'),
  settings: at('/settings', 'Settings'),
  'settings, security': at('/settings/security', 'Settings'),
  'settings, catalog': at('/settings/catalog', 'Settings'),
  'settings, about': at('/settings/about', 'Settings'),
  snapshots: async (app) => {
    await app.open('/snapshots')
    await new Explorer(app.page).select('report.txt')
    await expect(new Explorer(app.page).content).toBeVisible()
  },
  restore: async (app) => {
    await app.open('/snapshots')
    await new Explorer(app.page).select('letter.txt')
    await app.page.getByRole('button', { name: 'Restore this version' }).click()
    await expect(app.page.getByText('What will happen')).toBeVisible()
  },
  compare: async (app) => {
    await app.open('/compare')
    await new Compare(app.page).row('report.txt').click()
    await expect(app.page.getByText(/differ/).first()).toBeVisible()
  },
  search: async (app) => {
    await app.open('/search?q=letter')
    await expect(app.page.getByRole('region', { name: 'Results' })).toBeVisible()
  },
  palette: async (app) => {
    await app.open('/')
    await app.page.getByRole('button', { name: /^Commands/ }).click()
    await expect(app.palette).toBeVisible()
  },
}

for (const [name, visit] of Object.entries(screens)) {
  test(`${name}: no violation of WCAG 2.2 AA, light and dark`, async ({ window, holdfast }) => {
    await visit(new App(window), holdfast)
    await expectAccessible(window)
  })
}

fresh('first run: no violation of WCAG 2.2 AA, light and dark', async ({ window }) => {
  await new App(window).expectHeading('Nothing is protected yet.')
  await expectAccessible(window)
})

async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme)
    const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${colorScheme} ${id}: ${node.html}\n${node.failureSummary}`),
    )
    expect(found).toEqual([])
  }
}

/** Screens whose every control can be reached as they stand; over the others something lies on purpose. */
const plain = [
  'overview',
  'plans',
  'plan editor',
  'calendar',
  'activity',
  'repositories',
  'services',
  'compare',
  'search',
]

test('enlarged to 200 %, every button is in the window and nothing lies over it', async ({ window, holdfast }) => {
  for (const [name, visit] of Object.entries(screens)) {
    if (!plain.includes(name) && !name.startsWith('settings')) continue
    await window.setViewportSize({ width: 1280, height: 800 })
    await visit(new App(window), holdfast)
    // Twice as large in a window of 1280 by 800 pixels.
    await window.setViewportSize({ width: 640, height: 400 })
    await expect(window.getByRole('button', { name: 'Collapse side bar' })).toHaveCount(0)
    expect.soft(await outOfReach(window), name).toEqual([])
  }
})

/** Names of the controls of a screen that a click would not hit, once they are scrolled to. */
function outOfReach(page: Page): Promise<string[]> {
  return page.getByRole('main').evaluate((main) =>
    [...main.querySelectorAll<HTMLElement>('a, button, input')]
      .filter((control) => control.checkVisibility() && control.tabIndex >= 0 && !control.matches(':disabled'))
      .filter((control) => {
        control.scrollIntoView({ block: 'center', inline: 'center' })
        const { left, right, top, width, height } = control.getBoundingClientRect()
        const hit = document.elementFromPoint(left + width / 2, top + height / 2)
        const isHit = hit !== null && (control.contains(hit) || hit.contains(control) || hit.closest('label') !== null)
        return !isHit || left < 0 || right > innerWidth
      })
      .map((control) => control.ariaLabel ?? (control.innerText || control.outerHTML.slice(0, 80))),
  )
}
