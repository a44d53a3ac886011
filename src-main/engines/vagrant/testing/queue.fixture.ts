import type { Assignment } from '../jobs/job-queue.ts'
import { never, type TestServer } from './server.fixture.ts'

export const anyRunner = (id: string, byIdOnly = false) => ({ id, registration: () => ({ byIdOnly }) })

/** The next job for this runner, as its stream would get it. */
export async function take(server: TestServer, id = 'r', byIdOnly = false): Promise<Assignment> {
  return await server.state.queue.assign(anyRunner(id, byIdOnly), never())
}

/** Whether the runner would get a job right now. */
export async function getsNothing(server: TestServer, id: string, byIdOnly = false): Promise<boolean> {
  const waiting = new AbortController()
  const job = server.state.queue.assign(anyRunner(id, byIdOnly), waiting.signal)
  waiting.abort(new Error('waited'))
  return await job.then(
    () => false,
    () => true,
  )
}

export const stored = (server: TestServer, id: string) => server.state.queue.get(id)
