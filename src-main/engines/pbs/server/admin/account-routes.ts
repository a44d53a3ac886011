import { z } from 'zod'
import type { JsonObject } from '../../../../storage/canonical-json.ts'
import { formatAuthId, parseAuthId } from '../../wire/names.ts'
import { authIdText, flag, text } from '../../wire/parameters.ts'
import type { AccessConfig } from '../access/access-config.ts'
import { permissionDenied } from '../api-error.ts'
import { type Route, route } from '../http/route.ts'
import type { ApiContext } from '../server-context.ts'

/** Who has access, for clients that complete names or ask what they may do. Changes are made beside the API. */
export const accountRoutes: readonly Route<ApiContext>[] = [
  route({
    method: 'GET',
    path: 'access/users',
    parameters: z.strictObject({ include_tokens: flag().optional() }),
    async handle(context: ApiContext, { parameters: { include_tokens: hasTokens = false } }) {
      const { users, tokens } = context.access.config
      const seesAll = mayAudit(context, 'users')
      const visible = users.filter(({ userId }) => seesAll || userId === context.caller.user)
      return { data: visible.map((user) => userItem(user, hasTokens ? tokens : undefined)) }
    },
  }),
  route({
    method: 'GET',
    path: 'access/acl',
    parameters: z.strictObject({ path: text(1024).optional(), exact: flag().optional() }),
    async handle(context: ApiContext, { parameters: { path, exact = false } }) {
      const seesAll = mayAudit(context, 'acl')
      const own = formatAuthId(context.caller)
      const entries = context.access.config.acl.filter(
        (entry) =>
          (seesAll || entry.authId === own) &&
          (path === undefined || entry.path === path || (!exact && isBelow(entry.path, path))),
      )
      return {
        data: entries.map(({ path: at, authId, role, propagates }) => ({
          path: at,
          ugid: authId,
          ugid_type: 'user',
          roleid: role,
          propagate: propagates,
        })),
      }
    },
  }),
  route({
    method: 'GET',
    path: 'access/permissions',
    parameters: z.strictObject({ 'auth-id': authIdText().optional(), path: text(1024).optional() }),
    async handle(context: ApiContext, { parameters: { 'auth-id': asked, path } }) {
      const who = asked === undefined ? context.caller : parseAuthId(asked)
      const isOwn = who !== undefined && who.user === context.caller.user && context.caller.token === undefined
      if (
        who === undefined ||
        (formatAuthId(who) !== formatAuthId(context.caller) && !isOwn && !mayAudit(context, 'acl'))
      )
        throw permissionDenied()
      const paths = path === undefined ? pathsOf(context) : [path]
      const data: Record<string, JsonObject> = {}
      for (const at of paths) {
        const granted = context.access.privileges(who, partsOf(at))
        if (granted.size > 0) data[at] = Object.fromEntries([...granted].sort().map((privilege) => [privilege, true]))
      }
      return { data }
    },
  }),
  route({
    method: 'GET',
    path: 'access/domains',
    parameters: z.strictObject({}),
    async handle({ access }: ApiContext) {
      const realms = new Set(access.config.users.map(({ userId }) => userId.slice(userId.lastIndexOf('@') + 1)))
      return { data: [...realms].sort().map((realm) => ({ realm, type: realm, default: realm === 'pbs' })) }
    },
  }),
]

function userItem(
  { userId, isEnabled, expiresAt, comment, totpSecret }: AccessConfig['users'][number],
  tokens: AccessConfig['tokens'] | undefined,
): JsonObject {
  const ownTokens = tokens?.filter(({ authId }) => parseAuthId(authId)?.user === userId)
  return {
    userid: userId,
    enable: isEnabled,
    expire: expiresAt,
    comment,
    'totp-locked': totpSecret === undefined ? undefined : false,
    tokens: ownTokens?.map((token) => ({
      tokenid: token.authId,
      'token-name': parseAuthId(token.authId)?.token,
      enable: token.isEnabled,
      expire: token.expiresAt,
      comment: token.comment,
    })),
  }
}

function mayAudit({ access, caller }: ApiContext, part: 'users' | 'acl'): boolean {
  return access.privileges(caller, ['access', part]).has('Sys.Audit')
}

/** Where rights can differ: the paths that entries name, and each datastore. */
function pathsOf({ access, datastores }: ApiContext): readonly string[] {
  const paths = new Set(['/', '/datastore', ...access.config.acl.map(({ path }) => path)])
  for (const name of datastores.keys()) paths.add(`/datastore/${name}`)
  return [...paths].sort()
}

function isBelow(path: string, parent: string): boolean {
  return parent === '/' || path.startsWith(`${parent}/`)
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '')
}
