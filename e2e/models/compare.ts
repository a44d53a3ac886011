import type { Locator, Page } from '@playwright/test'

/** Two points in time beside each other. */
export class Compare {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get tree(): Locator {
    return this.page.getByRole('tree', { name: 'Differences' })
  }

  row(name: string): Locator {
    return this.tree.getByRole('treeitem').filter({ hasText: name })
  }

  /** Chooses a point by its place in the list: 0 is the newest snapshot, on the right after `On disk now`. */
  async choose(side: 'Left side' | 'Right side', index: number): Promise<void> {
    await this.page
      .getByRole('combobox', { name: side })
      .or(this.page.getByRole('textbox', { name: side }))
      .click()
    await this.page.getByRole('option').nth(index).click()
  }
}
