import { z } from 'zod'
import { ApiError } from '../api-error.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext } from '../server-context.ts'
import { accountRoutes } from './account-routes.ts'
import { catalogRoutes } from './catalog-routes.ts'
import { datastoreRoutes } from './datastore-routes.ts'
import { fileRoutes } from './file-routes.ts'
import { garbageRoutes } from './garbage-routes.ts'
import { groupRoutes } from './group-routes.ts'
import { moveRoutes } from './move-routes.ts'
import { namespaceRoutes } from './namespace-routes.ts'
import { nodeRoutes } from './node-routes.ts'
import { pruneRoutes } from './prune-routes.ts'
import { snapshotRoutes } from './snapshot-routes.ts'
import { taskRoutes } from './task-routes.ts'
import { verifyRoutes } from './verify-routes.ts'

/** Everything the HTTP/1 API answers to who has logged in (spec pbs §8). */
export const adminRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'version',
    parameters: z.strictObject({}),
    handle: async () => ({ data: { version: '4.2', release: '3', repoid: 'holdfast' } }),
  }),
  // Reached only without an Upgrade header: with one they are connections of a protocol.
  ...(['backup', 'reader'] as const).map((path) =>
    route({
      method: 'GET',
      path,
      hasRawBody: true,
      parameters: z.unknown(),
      handle: () => Promise.reject(new ApiError('missing Upgrade header')),
    }),
  ),
  ...datastoreRoutes,
  ...fileRoutes,
  ...groupRoutes,
  ...pruneRoutes,
  ...garbageRoutes,
  ...verifyRoutes,
  ...moveRoutes,
  ...namespaceRoutes,
  ...snapshotRoutes,
  ...catalogRoutes,
  ...taskRoutes,
  ...nodeRoutes,
  ...accountRoutes,
]
