import type { Locator, Page } from '@playwright/test'

/** The dialogs that ask for address, certificate and password of a server. */
export class ServerLogin {
  readonly dialog: Locator

  constructor(page: Page, title: string | RegExp) {
    this.dialog = page.getByRole('dialog', { name: title })
  }

  get verdict(): Locator {
    return this.dialog.getByRole('status')
  }

  get password(): Locator {
    return this.dialog.getByRole('textbox', { name: /password or secret of the token/i })
  }

  async trust(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'It is the same: trust it' }).click()
  }
}
