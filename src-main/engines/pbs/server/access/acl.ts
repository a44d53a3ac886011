import { type AuthId, formatAuthId } from '../../wire/names.ts'
import type { AclEntry } from './access-config.ts'
import { allPrivileges, noPrivileges, type Privilege, roles } from './privileges.ts'

/** The one user that needs no entry, as in PBS. Its tokens do. */
const SUPERUSER = 'root@pam'

/**
 * What an auth id may do at a path, by PBS's rules: of its entries on the way down the deepest counts, one above the
 * path only when it propagates. A token may do what its own entries give it and its user may do too.
 */
export function privilegesAt(
  acl: readonly AclEntry[],
  caller: AuthId,
  path: readonly string[],
): ReadonlySet<Privilege> {
  const ofUser = caller.user === SUPERUSER ? allPrivileges : lookUp(acl, caller.user, path)
  if (caller.token === undefined) return ofUser
  const ofToken = lookUp(acl, formatAuthId(caller), path)
  return new Set([...ofToken].filter((privilege) => ofUser.has(privilege)))
}

function lookUp(acl: readonly AclEntry[], authId: string, path: readonly string[]): ReadonlySet<Privilege> {
  let deepest = -1
  let found: readonly AclEntry[] = []
  for (const entry of acl) {
    if (entry.authId !== authId) continue
    const at = entry.path.split('/').filter((part) => part !== '')
    if (!at.every((part, position) => path[position] === part)) continue
    if (!entry.propagates && at.length !== path.length) continue
    if (at.length > deepest) {
      deepest = at.length
      found = []
    }
    if (at.length === deepest) found = [...found, entry]
  }
  if (found.some(({ role }) => role === 'NoAccess')) return noPrivileges
  return new Set(found.flatMap(({ role }) => roles[role]))
}
