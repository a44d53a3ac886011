import { createRouterClient } from '@orpc/server'
import type { Client } from '../../../src-shared/contract/index.ts'
import { createApp } from '../create-app.ts'
import { testHostFor } from './plain-host.ts'

/** Run as a process of its own, to be killed in the midst of a backup: `crash-script.ts <data folder> <plan id>`. */
const [dataDirectory = '', plan = ''] = process.argv.slice(2)
const app = await createApp(testHostFor(dataDirectory))
await app.start()
const client: Client = createRouterClient(app.router, { context: {} })
const state = (await client.plans.list()).find((one) => one.plan.id === plan)
if (state === undefined) throw new Error('no such plan')
await client.plans.run({ id: state.plan.id })
for await (const event of await client.jobs.events()) {
  if (event.type !== 'changed' || event.job.status.state !== 'running') continue
  // The one who waits for this line kills us.
  if (event.job.status.progress.newChunks > 2) process.stdout.write('under way\n')
}
