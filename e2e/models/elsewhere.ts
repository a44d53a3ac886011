import type { Locator, Page } from '@playwright/test'

/** A job server of another computer under Services. */
export class Elsewhere {
  readonly page: Page
  readonly name: string

  constructor(page: Page, name: string) {
    this.page = page
    this.name = name
  }

  get region(): Locator {
    return this.page.getByRole('region', { name: this.name, exact: true })
  }

  get runners(): Locator {
    return this.region.getByRole('region', { name: 'Runners' })
  }

  get jobs(): Locator {
    return this.region.getByRole('region', { name: 'Jobs' })
  }

  get records(): Locator {
    return this.region.getByRole('region', { name: 'Records' })
  }

  get thisComputer(): Locator {
    return this.region.getByRole('region', { name: 'This computer' })
  }

  /** The job that is watched, by its title. */
  job(title: string): Locator {
    return this.region.getByRole('region', { name: title, exact: true })
  }

  async connect(address: string, token: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Connect a job server…' }).click()
    const dialog = this.page.getByRole('dialog', { name: 'Connect a job server' })
    await dialog.getByRole('textbox', { name: 'Address' }).fill(address)
    await dialog.getByRole('textbox', { name: 'Name', exact: true }).fill(this.name)
    await this.again(token)
  }

  /** The same dialog with another token. */
  async again(token: string): Promise<void> {
    const dialog = this.page.getByRole('dialog', { name: 'Connect a job server' })
    await dialog.getByRole('textbox', { name: 'Token or invite' }).fill(token)
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click()
  }

  async open(): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: 'Services', exact: true }).click()
    await this.page.getByRole('link', { name: new RegExp(`^${this.name}`) }).click()
    await this.region.waitFor()
  }

  /** Makes this computer a runner of the server. */
  async workAs(name: string): Promise<void> {
    await this.thisComputer.getByRole('textbox', { name: 'Called there' }).fill(name)
    await this.thisComputer.getByRole('switch', { name: 'Works for it' }).click({ force: true })
  }

  /** Queues a plan of the runner's machine, and watches it. */
  async queue(plan: string, runner: string): Promise<void> {
    const form = this.region.getByRole('form', { name: 'Have a runner run a plan of its machine' })
    await form.getByRole('textbox', { name: 'Plan there' }).fill(plan)
    await form
      .getByRole('textbox', { name: 'On' })
      .or(form.getByRole('combobox', { name: 'On' }))
      .fill(runner)
    await form.getByRole('button', { name: 'Queue backup' }).click()
    await this.job(`backup ${plan} on ${runner}`).waitFor()
  }
}
