import type { Locator, Page } from '@playwright/test'

/** The list of repositories and the one that is open. */
export class Repositories {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get maintenance(): Locator {
    return this.page.getByRole('region', { name: 'Maintenance' })
  }

  get prune(): Locator {
    return this.page.getByRole('region', { name: 'Prune simulation' })
  }

  async keepOnly(last: string): Promise<void> {
    for (const rule of ['Hourly', 'Daily', 'Weekly', 'Monthly', 'Yearly'])
      await this.prune.getByRole('textbox', { name: rule }).fill('')
    await this.prune.getByRole('textbox', { name: 'Last' }).fill(last)
  }
}
