import { T0, type TestServer } from './server.fixture.ts'

/** The calls of §8 about the group and the snapshots that these tests make. */

export const GROUP = 'backup-type=host&backup-id=elsa'
export const snapshot = (time = T0) => `${GROUP}&backup-time=${time}`
export const store = (where: string) => `admin/datastore/tank/${where}`

export async function text(server: TestServer, where: string, method = 'GET'): Promise<string> {
  const reply = await server.call(where, { method })
  return `${reply.status} ${reply.text}`
}

/** Starts a task, waits for its end, returns its status. */
export async function runTask(server: TestServer, where: string): Promise<{ upid: string; exitstatus: string }> {
  const upid = String(await server.data(where, { method: 'POST' }))
  await server.settled()
  const task = `nodes/localhost/tasks/${encodeURIComponent(upid)}`
  const { exitstatus } = (await server.data(`${task}/status`)) as { exitstatus: string }
  return { upid, exitstatus }
}
