import { createHash } from 'node:crypto'
import { statfs } from 'node:fs/promises'
import {
  availableParallelism,
  cpus,
  freemem,
  loadavg,
  machine,
  release,
  totalmem,
  type,
  uptime,
  version,
} from 'node:os'
import { z } from 'zod'
import type { JsonObject } from '../../../../storage/canonical-json.ts'
import { choice, datastoreName } from '../../wire/parameters.ts'
import { permissionDenied } from '../api-error.ts'
import { unixSeconds } from '../clock.ts'
import { checkPrivilege, findDatastore } from '../guard.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext } from '../server-context.ts'
import { usage } from './datastore-routes.ts'
import { checkNode, nodeName } from './node.ts'

const oneNode = z.strictObject({ node: nodeName() })
const series = {
  timeframe: choice(['hour', 'day', 'week', 'month', 'year', 'decade']),
  cf: choice(['AVERAGE', 'MAX']),
}

/**
 * The computer (spec pbs §8.1), of which there is one. What PBS says about packages, disks, networks and subscriptions
 * is not here: this server does not manage its computer.
 */
export const nodeRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'nodes',
    parameters: z.strictObject({}),
    handle: async ({ node }: ApiContext) => ({ data: [{ node }] }),
  }),
  route({
    method: 'GET',
    path: 'nodes/{node}/identity',
    parameters: oneNode,
    async handle(context: ApiContext, { parameters: { node } }) {
      checkNode(context, node)
      // As stable as the certificate that clients pin, and as unique.
      const digest = createHash('sha256').update(`pbs-instance-id\0${context.fingerprint}`).digest('hex')
      const parts = [8, 12, 16, 20, 32].map((end, part) => digest.slice([0, 8, 12, 16, 20][part], end))
      return { data: { 'pbs-instance-id': parts.join('-') } }
    },
  }),
  route({
    method: 'GET',
    path: 'nodes/{node}/status',
    parameters: oneNode,
    async handle(context: ApiContext, { parameters: { node } }) {
      checkNode(context, node)
      checkAudit(context, 'status')
      return { data: await statusOf(context) }
    },
  }),
  route({
    method: 'GET',
    path: 'nodes/{node}/time',
    parameters: oneNode,
    async handle(context: ApiContext, { parameters: { node } }) {
      checkNode(context, node)
      const time = unixSeconds(context.clock)
      const offset = new Date(context.clock.now()).getTimezoneOffset() * 60
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      return { data: { time, localtime: time - offset, timezone: timeZone } }
    },
  }),
  route({
    method: 'GET',
    path: 'nodes/{node}/rrd',
    parameters: z.strictObject({ node: nodeName(), ...series }),
    async handle(context: ApiContext, { parameters: { node } }) {
      checkNode(context, node)
      checkAudit(context, 'status')
      const [total, free] = [totalmem(), freemem()]
      const point = { time: unixSeconds(context.clock), memtotal: total, memused: total - free, loadavg: loadavg()[0] }
      return { data: [point] }
    },
  }),
  // No history is kept: the series has the one point that is known.
  route({
    method: 'GET',
    path: 'admin/datastore/{store}/rrd',
    parameters: z.strictObject({ store: datastoreName(), ...series }),
    async handle(context: ApiContext, { parameters: { store } }) {
      checkPrivilege(context, { store, namespace: '' }, { full: ['Datastore.Audit', 'Datastore.Backup'] })
      const { total, used, avail } = await usage(findDatastore(context, store))
      return { data: [{ time: unixSeconds(context.clock), total, used, available: avail }] }
    },
  }),
]

async function statusOf({ fingerprint, datastores }: ApiContext): Promise<JsonObject> {
  const [total, free] = [totalmem(), freemem()]
  const processors = cpus()
  const [first] = datastores.values()
  const { blocks, bsize, bfree, bavail } = await statfs(first?.store.path ?? '.')
  return {
    cpu: Math.min((loadavg()[0] ?? 0) / availableParallelism(), 1),
    wait: 0,
    uptime: Math.floor(uptime()),
    loadavg: loadavg(),
    memory: { total, used: total - free, free },
    swap: { total: 0, used: 0, free: 0 },
    root: { total: blocks * bsize, used: (blocks - bfree) * bsize, avail: bavail * bsize },
    cpuinfo: { model: processors[0]?.model ?? '', sockets: 1, cpus: availableParallelism() },
    kversion: `${type()} ${release()} ${version()}`,
    'current-kernel': { sysname: type(), release: release(), version: version(), machine: machine() },
    info: { fingerprint },
  }
}

/** Rights on the computer itself, which only roles on `/` and `/system` give. */
function checkAudit(context: ApiContext, part: string): void {
  if (!context.access.privileges(context.caller, ['system', part]).has('Sys.Audit')) throw permissionDenied()
}
