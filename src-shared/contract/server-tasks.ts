import { eventIterator, oc } from '@orpc/contract'
import { z } from 'zod'
import { repositoryId, timestamp } from '../model/ids.ts'
import { raises } from './raises.ts'

const taskId = z.string().min(1).max(1024)

/** What runs, or ran, on the server of a repository, started by whomever. */
export const serverTask = z.object({
  id: taskId,
  /** `backup`, `verify`, `garbage_collection` and so on, as the server names it. */
  kind: z.string(),
  about: z.string(),
  user: z.string(),
  startedAt: timestamp,
  endedAt: timestamp.optional(),
  /** How it ended: `OK`, `WARNINGS: 2`, or what went wrong. */
  status: z.string().optional(),
})
export type ServerTask = z.infer<typeof serverTask>

const refusals = raises(
  'repository/unknown',
  'repository/unsupported',
  'repository/unreachable',
  'repository/refused',
  'auth/denied',
)

/** Tasks of servers: those repositories with the capability `tasks`. */
export const serverTasksContract = {
  /** The newest first. */
  list: oc.input(z.object({ repositoryId })).output(z.array(serverTask)).errors(refusals),
  /** The log so far, then each page as it grows, until the task has ended. */
  followLog: oc
    .input(z.object({ repositoryId, id: taskId }))
    .output(eventIterator(z.object({ lines: z.array(z.string()) })))
    .errors(refusals),
  /** Asks it to stop; it ends when it next looks. */
  stop: oc
    .input(z.object({ repositoryId, id: taskId }))
    .output(z.void())
    .errors(refusals),
}
