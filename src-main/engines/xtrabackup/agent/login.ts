import type { ServerConnection } from '../tool/defaults-file.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { Refusal, type Session } from './session.ts'

/** Of a request only the login counts, and that only where the agent has none of its own. */
export function requireLogin(session: Session, request: KvBlock, otherKeys: readonly string[]): ServerConnection {
  const { connection } = session.state.options
  const needed = connection.user === undefined ? ['user', 'password', ...otherKeys] : otherKeys
  const missing = needed.filter((key) => pairValue(request, key) === undefined)
  if (missing.length > 0) throw new Refusal(`Mandatory parameters missing: ${missing.join(', ')}.`)
  if (connection.user !== undefined) return connection
  return { ...connection, user: pairValue(request, 'user'), password: pairValue(request, 'password') }
}
