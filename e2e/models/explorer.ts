import type { Locator, Page } from '@playwright/test'

/** The files of a snapshot: table, details, versions. */
export class Explorer {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get table(): Locator {
    return this.page.getByRole('grid')
  }

  row(name: string): Locator {
    return this.table.getByRole('row').filter({ has: this.page.getByTitle(name, { exact: true }) })
  }

  get details(): Locator {
    return this.page.getByRole('complementary', { name: 'Details' })
  }

  get versions(): Locator {
    return this.page.getByRole('region', { name: 'Versions' }).getByRole('list').getByRole('button')
  }

  get content(): Locator {
    return this.details.getByLabel(/^Content of/)
  }

  async openFolder(name: string): Promise<void> {
    await this.row(name).dblclick()
  }

  async select(name: string): Promise<void> {
    await this.row(name).click()
  }
}
