import { expect, type Page } from '@playwright/test'

type Screen = 'Overview' | 'Snapshots' | 'Plans' | 'Activity' | 'Repositories' | 'Services' | 'Settings'

/** What is around every screen: side bar, top bar, palette, questions. */
export class App {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async goTo(screen: Screen): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: screen, exact: true }).click()
  }

  /** A deep link, as from the address bar. */
  async open(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.page.url()).href)
  }

  get search() {
    return this.page.getByRole('searchbox', { name: 'Search all snapshots' })
  }

  get palette() {
    return this.page.getByRole('textbox', { name: 'Search commands' })
  }

  /** Answers a question with the button that says what will happen. */
  async confirm(button: string): Promise<void> {
    await this.page.getByRole('dialog').getByRole('button', { name: button }).click()
  }

  async chooseFrom(menuButton: string, item: string): Promise<void> {
    await this.page.getByRole('main').getByRole('button', { name: menuButton, exact: true }).click()
    await this.page.getByRole('menuitem', { name: item }).click()
  }

  async expectHeading(name: string | RegExp): Promise<void> {
    await expect(this.page.getByRole('heading', { name })).toBeVisible()
  }
}
