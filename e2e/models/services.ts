import { expect, type Locator, type Page } from '@playwright/test'
import { App } from './app.ts'

const pbs = 'Proxmox Backup server'

/** The servers of this computer, and the one for Proxmox Backup. */
export class Services {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get pbs(): Locator {
    return this.page.getByRole('region', { name: pbs, exact: true })
  }

  get pbsSwitch(): Locator {
    return this.page.getByRole('switch', { name: pbs })
  }

  get fingerprint(): Locator {
    return this.pbs.getByText(/^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/)
  }

  get connections(): Locator {
    return this.page.getByRole('region', { name: 'Who is connected' })
  }

  async listenOn(port: number): Promise<void> {
    await this.pbs.getByRole('textbox', { name: 'Port' }).fill(String(port))
    await this.pbs.getByRole('button', { name: 'Use this address' }).click()
  }

  async offer(repository: string, name: string): Promise<void> {
    const field = this.pbs.getByRole('textbox', { name: `Name under which ${repository} is offered` })
    await field.fill(name)
    const box = this.pbs.getByRole('checkbox', { name: repository })
    // Checked when it is saved, not when it was clicked.
    await box.click()
    await expect(box).toBeChecked()
  }

  /** With everything a role can give in all that is offered. */
  async addAccount(name: string, password: string): Promise<void> {
    await this.pbs.getByRole('button', { name: 'Add an account' }).click()
    const dialog = this.page.getByRole('dialog', { name: 'Add an account' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill(name)
    await dialog.getByRole('textbox', { name: 'Password' }).fill(password)
    await dialog.getByRole('combobox', { name: 'May' }).click()
    await this.page.getByRole('option', { name: 'Everything with the backups' }).click()
    await dialog.getByRole('button', { name: 'Add account' }).click()
    await dialog.waitFor({ state: 'hidden' })
  }

  /** Ends when the server has. */
  async switchOff(): Promise<void> {
    await this.pbsSwitch.click({ force: true })
    await expect(this.pbsSwitch).not.toBeChecked()
    await expect(this.pbsSwitch).toBeEnabled()
  }

  async switchOn(): Promise<void> {
    await this.pbsSwitch.click({ force: true })
    await new App(this.page).confirm('Switch on')
    await this.fingerprint.waitFor()
  }
}
