import type { Locator, Page } from '@playwright/test'

/** The five steps of a plan and the summary beside them. */
export class PlanEditor {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get name(): Locator {
    return this.page.getByRole('textbox', { name: 'Name of the plan' })
  }

  get summary(): Locator {
    return this.page.getByRole('complementary', { name: 'Summary' })
  }

  get nextRuns(): Locator {
    return this.page.getByRole('region', { name: 'Next five runs' })
  }

  step(name: 'What' | 'Where' | 'When' | 'What to keep' | 'Options'): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  /** What of the folders can be read from a snapshot of their file system, a line each. */
  get chances(): Locator {
    return this.page.getByRole('list', { name: 'What can be read from a snapshot' })
  }

  async chooseSnapshot(wish: 'Off' | 'When possible' | 'Always, or the run fails'): Promise<void> {
    await this.page.getByRole('combobox', { name: 'Read from a snapshot of the file system' }).click()
    await this.page.getByRole('option', { name: wish }).click()
  }

  async leaveOut(pattern: string): Promise<void> {
    const field = this.page.getByRole('textbox', { name: 'Add a pattern to leave out' })
    await field.fill(pattern)
    await field.press('Enter')
  }

  async backUpNow(): Promise<void> {
    await this.summary.getByRole('button', { name: 'Back up now' }).click()
  }

  async save(): Promise<void> {
    await this.summary.getByRole('button', { name: 'Save without running' }).click()
  }
}
