import { expect, type Locator, type Page } from '@playwright/test'

/** More stops than any screen has. */
const mostStops = 200

/** A person who has no mouse: everything through the keyboard, the focus moved as it moves for them. */
export class Keys {
  readonly page: Page

  constructor(page: Page) {
    this.page = page
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key)
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text)
  }

  /** Tabs until the focus is there. Fails when it never comes, or comes without being seen. */
  async tabTo(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await expect(target).toBeVisible()
    for (let stop = 0; stop < mostStops; stop++) {
      if (await target.evaluate((element) => element === document.activeElement)) {
        await expect(target).toBeInViewport()
        return
      }
      await this.page.keyboard.press(key)
    }
    throw new Error(`${target} is not reached with ${key}`)
  }

  /** Tabs there and presses it, as Enter does. */
  async activate(target: Locator): Promise<void> {
    await this.tabTo(target)
    await this.press('Enter')
  }
}
