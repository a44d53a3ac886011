import { z } from 'zod'
import { HOST_COOKIE_NAME } from '../../wire/credentials.ts'
import { flag, text } from '../../wire/parameters.ts'
import type { OpenContext } from '../http/api-connection.ts'
import { type Route, route } from '../http/route.ts'

/** A ticket as a password is the longest. */
const MAX_PASSWORD_LENGTH = 4096

/** What needs no credentials (spec pbs §1.3, §8.1). */
export const openRoutes: readonly Route<OpenContext>[] = [
  route({
    method: 'GET',
    path: 'ping',
    parameters: z.strictObject({}),
    handle: async () => ({ data: { pong: true } }),
  }),
  route({
    method: 'POST',
    path: 'access/ticket',
    parameters: z.strictObject({
      username: text(64),
      password: text(MAX_PASSWORD_LENGTH),
      'tfa-challenge': text(MAX_PASSWORD_LENGTH).optional(),
      'http-only': flag().optional(),
      // Both only name a place whose rights the web page of PBS asks about at login.
      path: text(1024).optional(),
      privs: text(1024).optional(),
    }),
    async handle({ access, address }: OpenContext, { parameters }) {
      const { username, password, 'tfa-challenge': challenge, 'http-only': isHttpOnly } = parameters
      const { userId, ticket, csrfToken } = await access.login({ userId: username, password, challenge, address })
      const data = { username: userId, CSRFPreventionToken: csrfToken }
      if (isHttpOnly !== true) return { data: { ...data, ticket } }
      return {
        data: { ...data, 'ticket-info': ticket.replace(/::.*$/, '::ticketinfo') },
        headers: {
          'set-cookie': `${HOST_COOKIE_NAME}=${encodeURIComponent(ticket)}; Secure; SameSite=Lax; HttpOnly; Path=/;`,
        },
      }
    },
  }),
]
