import type { Locator, Page } from '@playwright/test'
import { App } from './app.ts'

/** The job server under Services: tokens, runners, and what a runner is to do. */
export class JobServer {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  get region(): Locator {
    return this.page.getByRole('region', { name: 'Job server', exact: true })
  }

  get tokens(): Locator {
    return this.page.getByRole('region', { name: 'Tokens' })
  }

  get runners(): Locator {
    return this.page.getByRole('region', { name: 'Runners' })
  }

  async listenOn(port: number): Promise<void> {
    await this.region.getByRole('textbox', { name: 'Port' }).fill(String(port))
    await this.region.getByRole('button', { name: 'Use this address' }).click()
  }

  async switchOn(): Promise<void> {
    await this.page.getByRole('switch', { name: 'Job server' }).click({ force: true })
    await new App(this.page).confirm('Switch on')
    await this.tokens.waitFor()
  }

  /** The token, out of the command that is shown once. */
  async invite(): Promise<string> {
    await this.tokens.getByRole('button', { name: 'Invite a machine' }).click()
    const dialog = this.page.getByRole('dialog', { name: 'New token' })
    const command = (await dialog.getByText(/--token/).textContent()) ?? ''
    await this.page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    return /--token (\S+)/.exec(command)?.[1] ?? ''
  }

  async revoke(kind: 'Login' | 'Invite'): Promise<void> {
    const row = this.tokens.getByRole('row', { name: new RegExp(kind) })
    await row.getByRole('button', { name: 'Revoke' }).click()
    await new App(this.page).confirm('Revoke token')
  }

  /** Leads to the job in Activity. */
  async queue(plan: string, runner?: string): Promise<void> {
    const form = this.page.getByRole('form', { name: 'Have a runner run a plan of its machine' })
    await form.getByRole('textbox', { name: 'Plan there' }).fill(plan)
    await form
      .getByRole('textbox', { name: 'On' })
      .or(form.getByRole('combobox', { name: 'On' }))
      .fill(runner ?? '')
    await form.getByRole('button', { name: 'Queue backup' }).click()
    await this.page.waitForURL(/\/activity\//)
  }
}
