/** Names and their bounds (spec pbs §1.2). What becomes part of a path is checked again by `storage/datastore/layout`. */

const SAFE_ID = '[A-Za-z0-9_][A-Za-z0-9._-]*'
/** PBS bounds a user id at 64 and a token name at 32 characters; the owner file and tickets have room for both. */
const MAX_AUTH_ID_LENGTH = 128
const AUTH_ID = new RegExp(`^([^\\s:/\\p{Cc}]+@${SAFE_ID})(?:!(${SAFE_ID}))?$`, 'u')
const DATASTORE = new RegExp(`^${SAFE_ID}$`)

/** Who calls: a user, `name@realm`, or one of the user's tokens, `name@realm!token`. */
export interface AuthId {
  readonly user: string
  readonly token?: string | undefined
}

/** Undefined when the text is no auth id. */
export function parseAuthId(text: string): AuthId | undefined {
  if (text.length > MAX_AUTH_ID_LENGTH) return undefined
  const match = AUTH_ID.exec(text)
  if (match?.[1] === undefined) return undefined
  return match[2] === undefined ? { user: match[1] } : { user: match[1], token: match[2] }
}

export function formatAuthId({ user, token }: AuthId): string {
  return token === undefined ? user : `${user}!${token}`
}

/** A user id without a token. */
export function isUserId(text: string): boolean {
  const parsed = parseAuthId(text)
  return parsed !== undefined && parsed.token === undefined
}

export function isDatastoreName(text: string): boolean {
  return text.length >= 3 && text.length <= 32 && DATASTORE.test(text)
}

/**
 * May the caller act as the owner (§1.6 step 7)? The owner itself, or the user whose token the owner is. A token never
 * stands for its user.
 */
export function isOwner(owner: string, caller: AuthId): boolean {
  if (owner === formatAuthId(caller)) return true
  const parsed = parseAuthId(owner)
  return caller.token === undefined && parsed?.token !== undefined && parsed.user === caller.user
}
