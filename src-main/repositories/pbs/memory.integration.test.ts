import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openServer } from '../../engines/pbs/server/testing/open-server.fixture.ts'
import { ROOT_TOKEN, SECRET } from '../../engines/pbs/server/testing/server.fixture.ts'

const STREAM_MIB = 1024
/** What the issue allows for 10 GiB: the bound does not depend on the length. */
const MAX_MIB = 400

test('a stream of 1 GiB goes to the server and comes back through bounded memory', async () => {
  const server = await openServer()
  const script = new URL('./testing/memory-client.ts', import.meta.url).pathname
  const address = `${ROOT_TOKEN}@127.0.0.1:${server.port}:tank`
  const args = [script, address, SECRET, server.fingerprint, String(STREAM_MIB)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { peakMiB, isSame } = JSON.parse(stdout)
  expect(isSame).toBe(true)
  expect(peakMiB).toBeLessThan(MAX_MIB)
})
