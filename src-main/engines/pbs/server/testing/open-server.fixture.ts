import { expect, onTestFinished } from 'vitest'
import { startServer, type TestServer, type TestServerOptions } from './server.fixture.ts'

/** A server for one test, which fails when the server met a bug. */
export async function openServer(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await startServer(options)
  onTestFinished(async () => {
    await server.close()
    expect(server.warnings).toEqual([])
  })
  return server
}
