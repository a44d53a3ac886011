import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

const COOKIE = 'holdfast-session'

/**
 * One-time token to session (style S17). The token is printed once for the person who started the server; the first
 * page load that shows it gets a cookie, after which the token is worth nothing. Only hashes are kept.
 */
export class SessionKeeper {
  #token: Buffer | undefined
  readonly #sessions = new Set<string>()

  /** A fresh token; an earlier one that was not used yet stops working. */
  issueToken(): string {
    const token = randomBytes(24).toString('base64url')
    this.#token = hash(token)
    return token
  }

  /** The `Set-Cookie` value when the token is the one that was issued; `undefined` otherwise, also the second time. */
  exchange(token: string): string | undefined {
    const expected = this.#token
    if (!expected || !timingSafeEqual(expected, hash(token))) return undefined
    this.#token = undefined
    const session = randomBytes(32).toString('base64url')
    this.#sessions.add(hash(session).toString('hex'))
    return `${COOKIE}=${session}; HttpOnly; SameSite=Strict; Path=/`
  }

  /** Whether the `Cookie` header carries a session of ours. */
  isKnown(cookieHeader: string | undefined): boolean {
    for (const part of (cookieHeader ?? '').split(';')) {
      const [name, value] = part.trim().split('=', 2)
      if (name === COOKIE && value && this.#sessions.has(hash(value).toString('hex'))) return true
    }
    return false
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
