import { expect, type Locator, type Page } from '@playwright/test'

/** The list of jobs and the one that is open. */
export class Activity {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get jobs(): Locator {
    return this.page.getByRole('region', { name: 'Jobs' }).getByRole('link')
  }

  /** The open job, by its title. */
  job(title: string): Locator {
    return this.page.getByRole('region', { name: title, exact: true })
  }

  get log(): Locator {
    return this.page.getByRole('log')
  }

  async setLevel(from: string, to: string): Promise<void> {
    await this.page.getByRole('button', { name: from, exact: true }).click()
    await this.page.getByRole('menuitem', { name: to, exact: true }).click()
  }

  /** Waits until the open job has ended well. */
  async expectGood(title: string): Promise<void> {
    await expect(
      this.job(title)
        .getByText(/^(Good|With warnings)$/)
        .first(),
    ).toBeVisible({ timeout: 60_000 })
  }
}
