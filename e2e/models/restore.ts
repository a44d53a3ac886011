import type { Locator, Page } from '@playwright/test'

/** The panel beside the screen: questions, preview of every file, receipt. */
export class RestorePanel {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get panel(): Locator {
    return this.page.getByRole('complementary', { name: 'Restore' })
  }

  /** Into a folder below the home folder, made on the way if it is not there. */
  async intoNewFolder(name: string): Promise<void> {
    await this.panel.getByText('Another folder', { exact: true }).click()
    const chooser = this.page.getByRole('dialog', { name: 'Restore into' })
    await chooser.getByRole('textbox', { name: 'Name of a new folder' }).fill(name)
    await chooser.getByRole('button', { name: 'Create' }).click()
    await chooser.getByText(new RegExp(`/${name}$`)).waitFor()
    await chooser.getByRole('button', { name: 'Restore here' }).click()
  }

  async start(): Promise<void> {
    await this.panel.getByRole('button', { name: /^Restore \d+ files?$/ }).click()
  }
}
