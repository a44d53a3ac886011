import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createRouterClient } from '@orpc/server'
import { afterAll, onTestFinished } from 'vitest'
import type { z } from 'zod'
import type { Client } from '../../../src-shared/contract/index.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { planDraft } from '../../../src-shared/model/plan.ts'
import { createDatastore } from '../../storage/datastore/datastore.ts'
import type { App } from '../app.ts'
import { type AppOptions, createApp } from '../create-app.ts'
import type { Host, Notification, PowerState } from '../host.ts'
import { testHostFor } from './plain-host.ts'
import { makeQuickFolder } from './quick-folder.ts'

/** What tests of the app share: a data folder, a source and a host of their own, and a client in process (style D6). */
export interface TestApp {
  readonly app: App
  readonly client: Client
  readonly folder: string
  /** The folder that is backed up. */
  readonly source: string
  readonly host: TestHost
  /** Waits for the job's end, whichever. */
  ended(job: Job): Promise<Job>
  /** Waits for it and requires success. */
  done(job: Job): Promise<Job & { status: Extract<Job['status'], { state: 'success' }> }>
  /** Slows down the jobs that begin after this, so that something can happen to them however fast the machine is. */
  limitReading(bytesPerSecond: number | undefined): Promise<void>
  /** A plan of `source`, saved: into the default repository, unless `more` says otherwise. */
  plan(more?: Partial<z.input<typeof planDraft>>): Promise<Awaited<ReturnType<Client['plans']['save']>>>
}

export interface TestHost extends Host {
  readonly notifications: Notification[]
  currentPower: PowerState
}

export function testHost(dataDirectory: string, more: Partial<Host> = {}): TestHost {
  const host: TestHost = {
    ...testHostFor(dataDirectory),
    notifications: [],
    currentPower: { onBattery: false, metered: false },
    notify: (notification) => void host.notifications.push(notification),
    power: async () => host.currentPower,
    ...more,
  }
  return host
}

export function writeTree(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-app-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * The 65,536 folders of a datastore take seconds to make and to remove, so the tests of a file share one. Each begins without
 * snapshots; chunks of those before it stay, which nothing that is random meets again.
 */
let shared: Promise<string> | undefined

afterAll(async () => {
  if (shared !== undefined) rmSync(await shared, { recursive: true, force: true })
})

async function emptyRepository(): Promise<string> {
  shared ??= (async () => {
    const folder = makeQuickFolder('holdfast-repository-')
    await createDatastore(folder)
    return folder
  })()
  const folder = await shared
  for (const name of readdirSync(folder)) {
    if (name !== '.chunks' && name !== '.lock') rmSync(join(folder, name), { recursive: true })
  }
  return folder
}

export interface TestAppOptions extends AppOptions {
  readonly folder?: string
  /** Leaves the shared repository as it is and does not use it. */
  readonly keepRepository?: boolean
}

export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const folder = options.folder ?? testFolder()
  const source = join(folder, 'Documents')
  mkdirSync(source, { recursive: true })
  const host = testHost(join(folder, 'data'))
  const repository = join(host.dataDirectory, 'repository')
  if (!existsSync(repository) && options.keepRepository !== true) {
    mkdirSync(host.dataDirectory, { recursive: true })
    symlinkSync(await emptyRepository(), repository)
  }
  const app = await createApp(host, options)
  onTestFinished(() => app.close())
  await app.start()
  const client: Client = createRouterClient(app.router, { context: {} })

  const ended = async (job: Job): Promise<Job> => {
    for await (const event of await client.jobs.events()) {
      const found =
        event.type === 'snapshot'
          ? event.jobs.find(({ id }) => id === job.id)
          : event.type === 'changed' && event.job.id === job.id
            ? event.job
            : undefined
      if (found?.status.state === 'success' || found?.status.state === 'error') return found
    }
    throw new Error('the events ended before the job')
  }

  return {
    app,
    client,
    folder,
    source,
    host,
    ended,
    async done(job) {
      const end = await ended(job)
      if (end.status.state !== 'success') throw new Error(`${end.title}: ${JSON.stringify(end.status)}`)
      return { ...end, status: end.status }
    },
    async limitReading(readLimitBytesPerSecond) {
      await client.app.saveSettings({ ...(await client.app.settings()), readLimitBytesPerSecond })
    },
    async plan(more = {}) {
      const destinations = more.destinations ?? [{ repositoryId: (await client.repositories.ensureDefault()).id }]
      return client.plans.save(
        planDraft.parse({
          name: 'Documents',
          source: { kind: 'folders', paths: [source] },
          backupId: 'documents',
          schedule: { kind: 'manual' },
          conditions: {},
          options: {},
          retry: {},
          hooks: {},
          enabled: true,
          ...more,
          destinations,
        }),
      )
    },
  }
}
