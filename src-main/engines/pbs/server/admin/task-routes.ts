import { z } from 'zod'
import type { JsonObject } from '../../../../storage/canonical-json.ts'
import { formatAuthId, isOwner } from '../../wire/names.ts'
import { choice, datastoreName, flag, integer, list, text } from '../../wire/parameters.ts'
import { parseUpid } from '../../wire/upid.ts'
import { ApiError, permissionDenied } from '../api-error.ts'
import { privilegesOn } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext } from '../server-context.ts'
import type { Task } from '../tasks/task-registry.ts'
import { checkNode, nodeName } from './node.ts'

const DEFAULT_LIMIT = 50
const node = nodeName()
const oneTask = { node, upid: text(4096, (value) => parseUpid(value) !== undefined) }
const statuses = ['ok', 'warning', 'error', 'unknown'] as const

/** The tasks of the server (spec pbs §8.8). */
export const taskRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'nodes/{node}/tasks',
    parameters: z.strictObject({
      node,
      start: integer(0).optional(),
      limit: integer(0).optional(),
      running: flag().optional(),
      errors: flag().optional(),
      store: datastoreName().optional(),
      userfilter: text(128).optional(),
      since: integer(0).optional(),
      until: integer(0).optional(),
      typefilter: text(64).optional(),
      statusfilter: list(choice(statuses), statuses.length).optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      checkNode(context, parameters.node)
      const { start = 0, limit = DEFAULT_LIMIT } = parameters
      const found = context.tasks.list().filter((task) => maySee(context, task) && isWanted(task, parameters))
      const page = found.slice(start, limit === 0 ? undefined : start + limit)
      return { data: page.map(listItem), attributes: { total: found.length } }
    },
  }),
  route({
    method: 'GET',
    path: 'nodes/{node}/tasks/{upid}/status',
    parameters: z.strictObject(oneTask),
    async handle(context: ApiContext, { parameters }) {
      const task = findTask(context, parameters)
      const { user, token } = task.authId
      return {
        data: {
          ...facts(task),
          type: task.type,
          id: task.workerId,
          user,
          tokenid: token,
          status: task.end === undefined ? 'running' : 'stopped',
          exitstatus: task.end?.status,
          endtime: task.end?.at,
        },
      }
    },
  }),
  route({
    method: 'GET',
    path: 'nodes/{node}/tasks/{upid}/log',
    hasRawBody: true,
    parameters: z.strictObject({
      ...oneTask,
      start: integer(0).optional(),
      limit: integer(0).optional(),
      'test-status': flag().optional(),
      download: flag().optional(),
    }),
    async handle(context: ApiContext, { parameters }) {
      const task = findTask(context, parameters)
      const { start, limit, 'test-status': asksStatus, download } = parameters
      if (download === true) {
        if (start !== undefined || limit !== undefined || asksStatus !== undefined) {
          throw new ApiError("parameter 'download' cannot be combined with others")
        }
        return { bytes: Buffer.from(task.log.text()), contentType: 'text/plain' }
      }
      const attributes: JsonObject = {
        total: task.log.total,
        success: 1,
        ...(asksStatus === true ? { active: task.end === undefined } : {}),
      }
      return {
        data: task.log.page(start ?? 0, limit ?? DEFAULT_LIMIT).map(({ n, t }) => ({ n, t })),
        attributes,
      }
    },
  }),
  route({
    method: 'DELETE',
    path: 'nodes/{node}/tasks/{upid}',
    parameters: z.strictObject(oneTask),
    async handle(context: ApiContext, { parameters }) {
      const task = findTask(context, parameters)
      if (!isOwn(context, task) && !context.access.privileges(context.caller, ['system', 'tasks']).has('Sys.Modify'))
        throw permissionDenied()
      context.tasks.stop(task.upid)
      return { data: null }
    },
  }),
]

function findTask(context: ApiContext, { node: name, upid }: { readonly node: string; readonly upid: string }): Task {
  checkNode(context, name)
  const task = context.tasks.get(upid)
  if (task === undefined) throw new ApiError('no such task', 404)
  if (!maySee(context, task)) throw permissionDenied()
  return task
}

function isOwn({ caller }: ApiContext, task: Task): boolean {
  return isOwner(formatAuthId(task.authId), caller)
}

function maySee(context: ApiContext, task: Task): boolean {
  if (isOwn(context, task)) return true
  if (context.access.privileges(context.caller, ['system', 'tasks']).has('Sys.Audit')) return true
  return privilegesOn(context, task.store).has('Datastore.Audit')
}

interface Filters {
  readonly running?: boolean | undefined
  readonly errors?: boolean | undefined
  readonly store?: string | undefined
  readonly userfilter?: string | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly typefilter?: string | undefined
  readonly statusfilter?: readonly (typeof statuses)[number][] | undefined
}

function isWanted(task: Task, filters: Filters): boolean {
  const { end } = task
  const { running, errors, store, userfilter, since, until, typefilter, statusfilter } = filters
  if (running === true && end !== undefined) return false
  if (errors === true && (end === undefined || statusOf(task) !== 'error')) return false
  if (store !== undefined && task.store !== store) return false
  if (userfilter !== undefined && !formatAuthId(task.authId).includes(userfilter)) return false
  if (since !== undefined && task.startedAt < since) return false
  if (until !== undefined && task.startedAt > until) return false
  if (typefilter !== undefined && !task.type.includes(typefilter)) return false
  return statusfilter === undefined || statusfilter.includes(statusOf(task))
}

function statusOf({ end }: Task): (typeof statuses)[number] {
  if (end === undefined) return 'unknown'
  if (end.status === 'OK') return 'ok'
  return end.status.startsWith('WARNINGS:') ? 'warning' : 'error'
}

function listItem(task: Task): JsonObject {
  return {
    ...facts(task),
    worker_type: task.type,
    worker_id: task.workerId,
    user: formatAuthId(task.authId),
    endtime: task.end?.at,
    status: task.end?.status,
  }
}

function facts({ upid, node: name, pid, processStart, startedAt }: Task): JsonObject {
  return { upid, node: name, pid, pstart: processStart, starttime: startedAt }
}
