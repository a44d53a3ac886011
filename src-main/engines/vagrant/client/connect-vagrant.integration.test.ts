import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { never, startTestServer } from '../testing/server.fixture.ts'
import { connectVagrant } from './connect-vagrant.ts'

const pingIntervalMs = 20

test('a connection that is closed under its calls leaves no timer behind that ends the process', async () => {
  const server = await startTestServer()
  const connection = await connectVagrant({ address: `127.0.0.1:${server.port}`, pingIntervalMs }, never())
  const logs = connection.client.getLogStream({ scope: { case: 'basis', value: { resourceId: 'nobody' } } })
  const runner = connection.client
    .runnerConfig(
      (async function* () {
        yield { event: { case: 'open', value: { runner: { id: 'here' } } } } as const
        await new Promise(() => {})
      })(),
    )
    [Symbol.asyncIterator]()
  await runner.next()
  const over = runner.next().catch((error: unknown) => error)
  connection.close()
  expect(await over).toBeInstanceOf(Error)
  await logs[Symbol.asyncIterator]()
    .next()
    .catch(() => undefined)
  // What a timer threw would fail this file, not this test.
  await sleep(10 * pingIntervalMs)
})

test('calls outlive many pings', async () => {
  const server = await startTestServer()
  const connection = await connectVagrant({ address: `127.0.0.1:${server.port}`, pingIntervalMs }, never())
  await sleep(5 * pingIntervalMs)
  expect((await connection.client.getVersionInfo({})).info?.api).toMatchObject({ current: 1 })
  connection.close()
  await sleep(5 * pingIntervalMs)
})
