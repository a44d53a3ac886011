import type { Locator, Page } from '@playwright/test'

export interface BucketWords {
  readonly endpoint: string
  readonly bucket: string
  readonly folder: string
  readonly accessKey: string
}

/** The dialogs that ask for a bucket and the keys to it. */
export class AddBucket {
  readonly dialog: Locator

  constructor(page: Page, title: string) {
    this.dialog = page.getByRole('dialog', { name: title })
  }

  get verdict(): Locator {
    return this.dialog.getByRole('status')
  }

  get accessKey(): Locator {
    return this.dialog.getByRole('textbox', { name: 'Access key' })
  }

  get secret(): Locator {
    return this.dialog.getByLabel('Secret key', { exact: true })
  }

  get name(): Locator {
    return this.dialog.getByRole('textbox', { name: 'Name' })
  }

  get create(): Locator {
    return this.dialog.getByRole('button', { name: 'Create repository' })
  }

  async choose(): Promise<void> {
    await this.dialog.getByText('S3 bucket', { exact: true }).click()
  }

  async fill({ endpoint, bucket, folder, accessKey }: BucketWords): Promise<void> {
    await this.dialog.getByRole('textbox', { name: 'Endpoint' }).fill(endpoint)
    await this.dialog.getByRole('textbox', { name: 'Bucket', exact: true }).fill(bucket)
    await this.dialog.getByRole('textbox', { name: 'Folder in the bucket' }).fill(folder)
    await this.accessKey.fill(accessKey)
  }

  async trust(): Promise<void> {
    await this.dialog.getByRole('button', { name: 'It is the same: trust it' }).click()
  }
}
