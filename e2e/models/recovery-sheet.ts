import { expect, type Locator, type Page } from '@playwright/test'

/** The sheet of a new key, which stays until somebody has read from it. */
export class RecoverySheet {
  readonly dialog: Locator

  constructor(page: Page) {
    this.dialog = page.getByRole('dialog', { name: /recovery sheet/i })
  }

  /** Types the groups that are asked for as the sheet shows them. */
  async prove(): Promise<void> {
    const text = (await this.dialog.locator('pre').textContent()) ?? ''
    const numbered = text.slice(text.indexOf('in groups'))
    const fields = this.dialog.getByRole('form', { name: 'Read from the sheet' }).getByRole('textbox')
    for (const field of await fields.all()) {
      const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent ?? '')
      const group = new RegExp(`\\b${label.replace('Group ', '')} (\\S+)`).exec(numbered)?.[1]
      await field.fill(group ?? 'missing')
    }
    await this.dialog.getByRole('button', { name: 'The sheet is right' }).click()
    await expect(this.dialog).toHaveCount(0)
  }
}
