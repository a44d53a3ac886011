import { z } from 'zod'
import { HoldfastError, ProtocolError } from '../../../../../src-shared/errors.ts'
import type { PbsApi } from '../pbs-api.ts'
import type { Parameters } from '../transport/query.ts'
import { checked, envelopeOf } from '../transport/reply.ts'
import { pause } from '../transport/retry.ts'

/** Tasks of the server and their logs (spec pbs §8.8). */

const PAGE_LINES = 500
/** As the original client. */
const POLL_MS = 1000
/** The first looks come faster: most tasks are short. */
const FIRST_POLL_MS = 50

const taskItem = z.object({
  upid: z.string(),
  worker_type: z.string(),
  worker_id: z.string().nullish(),
  user: z.string(),
  starttime: z.int(),
  endtime: z.int().nullish(),
  status: z.string().nullish(),
})
const taskState = z.object({ status: z.enum(['running', 'stopped']), exitstatus: z.string().nullish() })
const logPage = z.object({
  data: z.array(z.object({ n: z.int(), t: z.string() })),
  total: z.int().nonnegative(),
  active: z.boolean().nullish(),
})

export type TaskItem = z.infer<typeof taskItem>
export type TaskState = z.infer<typeof taskState>

export interface TaskFilter {
  readonly store?: string | undefined
  readonly running?: boolean | undefined
  readonly limit?: number | undefined
}

/** The newest first. */
export async function listTasks(api: PbsApi, filter: TaskFilter, signal: AbortSignal): Promise<readonly TaskItem[]> {
  const parameters: Parameters = { ...filter }
  return await api.call(z.array(taskItem), { method: 'GET', path: 'nodes/localhost/tasks', parameters }, signal)
}

export async function readTaskState(api: PbsApi, upid: string, signal: AbortSignal): Promise<TaskState> {
  return await api.call(taskState, { method: 'GET', path: pathOf(upid, 'status') }, signal)
}

/** Asks for its end; it ends when it next looks. */
export async function stopTask(api: PbsApi, upid: string, signal: AbortSignal): Promise<void> {
  await api.call(z.unknown(), { method: 'DELETE', path: pathOf(upid) }, signal)
}

/** The lines of a log, those that are there and then those that come, until the task has ended. */
export async function* followTaskLog(api: PbsApi, upid: string, signal: AbortSignal): AsyncGenerator<string, void> {
  for await (const page of followTaskPages(api, upid, signal)) yield* page
}

/** The same, as many lines at once as there are. */
export async function* followTaskPages(
  api: PbsApi,
  upid: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[], void> {
  const path = pathOf(upid, 'log')
  let next = 1
  for (let waitMs = FIRST_POLL_MS; ; ) {
    const parameters = { start: next, limit: PAGE_LINES, 'test-status': true }
    const { bytes } = await api.ask({ method: 'GET', path, parameters }, signal)
    const { data, active } = checked(logPage, envelopeOf(bytes, 'task log'), 'task log')
    for (const { n } of data) {
      if (n !== next) throw new ProtocolError('pbs', 'task log', n, `line ${next} was expected`)
      next++
    }
    if (data.length > 0) yield data.map(({ t }) => t)
    if (data.length >= PAGE_LINES) continue
    if (active !== true) return
    await pause(waitMs, signal)
    waitMs = Math.min(waitMs * 2, POLL_MS)
  }
}

/**
 * Waits for the end of a task, telling each line of its log. When the signal aborts, the task is ended too. Returns how it
 * ended: `OK`, `WARNINGS: N`, or what went wrong.
 */
export async function waitForTask(
  api: PbsApi,
  upid: string,
  { onLine, signal }: { readonly onLine?: (line: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  try {
    for await (const line of followTaskLog(api, upid, signal)) onLine?.(line)
    const { status, exitstatus } = await readTaskState(api, upid, signal)
    if (status !== 'running') return exitstatus ?? 'unknown'
    throw new ProtocolError('pbs', 'task', 0, 'its log ended before it did')
  } catch (error) {
    if (signal.aborted) await stopQuietly(api, upid)
    throw error
  }
}

/** What a task ended with, as an error unless it is good. */
export function requireSuccess(status: string): void {
  if (status !== 'OK' && !status.startsWith('WARNINGS'))
    throw new HoldfastError('repository/refused', { detail: status })
}

/** The abort is what is told; a task that cannot be stopped goes on by itself. */
async function stopQuietly(api: PbsApi, upid: string): Promise<void> {
  await stopTask(api, upid, AbortSignal.timeout(10_000)).catch(() => undefined)
}

function pathOf(upid: string, call?: string): string {
  const path = `nodes/localhost/tasks/${encodeURIComponent(upid)}`
  return call === undefined ? path : `${path}/${call}`
}
