import { type AccessStore, openAccessStore } from '../../engines/pbs/server/access/access-store.ts'
import type { Services } from '../services/services.ts'
import type { Implementer } from './implementer.ts'

export function accountsRouter(os: Implementer, { servers }: Services) {
  // Opened anew each time: the file may have come from a copy since, and it is small.
  const store = (): Promise<AccessStore> => openAccessStore(servers.folder('pbs'))
  const { accounts } = os
  return {
    list: accounts.list.handler(async () => {
      const open = await store()
      return { users: [...open.users()], tokens: [...open.tokens()], rights: [...open.acl()] }
    }),
    addUser: accounts.addUser.handler(async ({ input: { userId, password, comment } }) =>
      (await store()).addUser(userId, password, { comment }),
    ),
    setPassword: accounts.setPassword.handler(async ({ input }) =>
      (await store()).setPassword(input.userId, input.password),
    ),
    removeUser: accounts.removeUser.handler(async ({ input }) => (await store()).removeUser(input.userId)),
    addToken: accounts.addToken.handler(async ({ input: { authId, comment } }) => ({
      secret: await (await store()).addToken(authId, { comment }),
    })),
    removeToken: accounts.removeToken.handler(async ({ input }) => (await store()).removeToken(input.authId)),
    grant: accounts.grant.handler(async ({ input }) => (await store()).grant(input)),
    revoke: accounts.revoke.handler(async ({ input }) => (await store()).revoke(input)),
  }
}
