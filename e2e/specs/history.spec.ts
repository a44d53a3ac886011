import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { expect } from '@playwright/test'
import type { Holdfast } from '../harness/holdfast.ts'
import { test as fresh } from '../harness/test.ts'
import { noise, writeTree } from '../harness/tree.ts'
import { App } from '../models/app.ts'
import { Explorer } from '../models/explorer.ts'

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Two versions of a secret in three snapshots, the oldest of which is protected. */
async function fill(holdfast: Holdfast): Promise<void> {
  const documents = join(holdfast.home, 'Documents')
  await writeTree(documents, {
    'letter.txt': 'Dear Maren,\n',
    'secret.pem': 'the first secret\n',
    'photos/one.jpg': noise(400_000, 1),
  })
  await holdfast.cli('plan', 'add', documents, '--name', 'Documents', '--daily', '12:30')
  await holdfast.cli('plan', 'run', 'Documents')
  await writeFile(join(documents, 'secret.pem'), 'the second secret\n')
  for (let run = 2; run <= 3; run++) await holdfast.cli('plan', 'run', 'Documents')
  const oldest = (await holdfast.json('snapshots')).at(-1) as { readonly id: string }
  await holdfast.cli('protect', oldest.id)
}

fresh(
  'a file is removed from all snapshots, and the plan leaves it out from then on',
  async ({ holdfast, window }, info) => {
    await fill(holdfast)
    const app = new App(window)
    const explorer = new Explorer(window)
    await app.goTo('Snapshots')
    await explorer.select('secret.pem')
    await expect(window.getByRole('heading', { name: 'All 2 versions' })).toBeVisible()
    await explorer.details.getByRole('button', { name: 'More for secret.pem' }).click()
    await window.getByRole('menuitem', { name: 'Remove from all snapshots…' }).click()
    const dialog = window.getByRole('dialog', { name: 'Remove “secret.pem” from all snapshots' })
    await expect(dialog).toContainText('Every snapshot of “Documents” that holds it')
    for (const [label, value] of [
      ['Snapshots with it', '3'],
      ['Versions of it', '2'],
      ['Size of all versions', '35 B'],
      ['Protected', '1'],
    ] as const) {
      await expect(dialog.locator('.hf-figure', { hasText: label })).toContainText(value)
    }
    const go = dialog.getByRole('button', { name: 'Remove from 2 snapshots' })
    await expect(go).toBeDisabled()
    await expect(dialog.getByRole('checkbox', { name: 'Leave it out of “Documents” from now on' })).toBeChecked()
    for (const colorScheme of ['light', 'dark'] as const) {
      await window.emulateMedia({ colorScheme })
      await info.attach(`dialog ${colorScheme}`, { body: await window.screenshot(), contentType: 'image/png' })
      const { violations } = await new AxeBuilder({ page: window }).withTags(rules).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    }
    await dialog.getByRole('checkbox', { name: 'Remove it from protected snapshots too' }).check()
    await dialog.getByRole('textbox', { name: 'Type the name to confirm: secret.pem' }).fill('secret')
    await expect(dialog.getByRole('button', { name: 'Remove from 3 snapshots' })).toBeDisabled()
    await dialog.getByRole('textbox').fill('secret.pem')
    await dialog.getByRole('button', { name: 'Remove from 3 snapshots' }).click()

    await app.expectHeading('Remove from all snapshots of Documents')
    const sum = window.getByRole('region', { name: /Changed/ })
    await expect(sum).toContainText('Changed3')
    await expect(window.getByRole('main')).toContainText('A garbage collection after')
    for (const colorScheme of ['light', 'dark'] as const) {
      await window.emulateMedia({ colorScheme })
      await info.attach(`job ${colorScheme}`, { body: await window.screenshot(), contentType: 'image/png' })
      const { violations } = await new AxeBuilder({ page: window }).withTags(rules).analyze()
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([])
    }

    await app.goTo('Snapshots')
    await expect(explorer.row('letter.txt')).toBeVisible()
    await expect(explorer.row('secret.pem')).toBeHidden()
    expect(await holdfast.json('find', 'secret.pem')).toEqual([])
    expect((await holdfast.json('snapshots')).length).toBe(3)
    // What is stored holds, and the next run does not bring it back.
    await holdfast.cli('verify')
    await holdfast.cli('plan', 'run', 'Documents')
    expect(await holdfast.json('find', 'secret.pem')).toEqual([])
  },
)

fresh('all versions of a folder go by the button beside them', async ({ holdfast, window }) => {
  await fill(holdfast)
  const explorer = new Explorer(window)
  await new App(window).goTo('Snapshots')
  await explorer.select('photos')
  await explorer.details
    .getByRole('region', { name: 'Versions' })
    .getByRole('button', { name: 'Remove from all snapshots…' })
    .click()
  const dialog = window.getByRole('dialog', { name: 'Remove “photos” from all snapshots' })
  await dialog.getByRole('checkbox', { name: 'Leave it out of “Documents” from now on' }).uncheck()
  await dialog.getByRole('textbox').fill('photos')
  await dialog.getByRole('button', { name: 'Remove from 2 snapshots' }).click()
  await new App(window).expectHeading('Remove from all snapshots of Documents')
  await expect(window.getByRole('region', { name: /Changed/ })).toContainText('Left alone1')
  await expect(window.getByRole('main')).toContainText('Protected, as it was')
  expect(await holdfast.json('find', 'one.jpg')).toHaveLength(1)
})
