import { createHmac, randomBytes } from 'node:crypto'
import { CSRF_HEADER, parseTicketCookie, parseTokenHeader, type TokenCredentials } from '../../wire/credentials.ts'
import { type AuthId, formatAuthId, isUserId, parseAuthId } from '../../wire/names.ts'
import { authenticationFailed } from '../api-error.ts'
import { type Clock, unixSeconds } from '../clock.ts'
import type { AccessConfig } from './access-config.ts'
import { privilegesAt } from './acl.ts'
import { LoginGuard } from './login-guard.ts'
import { checkPassword, hashPassword } from './password-hash.ts'
import type { Privilege } from './privileges.ts'
import { createTicketSigner, type TicketSigner } from './ticket-signer.ts'
import { matchTotp } from './totp.ts'

export interface LoginAttempt {
  readonly userId: string
  /** A password, an old ticket to be renewed, or with a challenge the second factor. */
  readonly password: string
  readonly challenge?: string | undefined
  readonly address: string
}

export interface LoginResult {
  readonly userId: string
  readonly ticket: string
  readonly csrfToken: string
}

export interface RequestCredentials {
  readonly method: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly address: string
}

export interface AccessOptions {
  readonly clock: Clock
  /** Asked at every call, so that a change counts at once. */
  readonly config: () => AccessConfig
  /** 32 bytes that sign tickets; random for each start unless given. */
  readonly ticketSecret?: Uint8Array | undefined
}

/** Derivations at once, 32 MiB each. */
const MAX_DERIVATIONS = 4
/** Failures of one address, whatever names it tries, within the guard's ten minutes. */
const MAX_ADDRESS_FAILURES = 100
/** Those who wait for one; more are turned away. */
const MAX_WAITING = 64

/** Who calls and what they may do (spec pbs §1.3, §8). Refusals are `ApiError`s with status 401. */
export class AccessControl {
  readonly #clock: Clock
  readonly #config: () => AccessConfig
  readonly #signer: TicketSigner
  readonly #guard: LoginGuard
  readonly #addressGuard: LoginGuard
  /** Secrets of tokens that were right, keyed by the hash they were right for: deriving at every call would be slow. */
  readonly #provenSecrets = new Map<string, string>()
  readonly #provenKey = randomBytes(32)
  /** The last step each user's second factor was used for: a code works once. */
  readonly #usedSteps = new Map<string, number>()
  #derivations = 0
  readonly #waiting: (() => void)[] = []
  #decoyHash: Promise<string> | undefined

  constructor({ clock, config, ticketSecret }: AccessOptions) {
    this.#clock = clock
    this.#config = config
    this.#signer = createTicketSigner(() => unixSeconds(clock), ticketSecret)
    this.#guard = new LoginGuard({ now: () => clock.now() })
    this.#addressGuard = new LoginGuard({ now: () => clock.now(), maxFailures: MAX_ADDRESS_FAILURES })
  }

  async login(attempt: LoginAttempt): Promise<LoginResult> {
    const { userId, password, challenge, address } = attempt
    if (!isUserId(userId)) throw authenticationFailed('invalid user name')
    const attempted: Attempted = { name: guardName(userId, address), address }
    this.#checkGuard(attempted)
    this.#checkAddress(attempted)
    const user = this.#activeUser(userId)
    // A challenge is a ticket too: it must not pass for an old one.
    if (challenge === undefined && this.#signer.check(password) === userId) {
      if (user === undefined) throw authenticationFailed('user account disabled or expired.')
      return this.#issue(userId)
    }
    if (challenge !== undefined) {
      if (user?.totpSecret === undefined || !this.#signer.isChallengeFor(challenge, userId)) {
        throw this.#fail(attempted, 'invalid tfa challenge')
      }
      this.#checkTotp(userId, user.totpSecret, { password, attempted })
      return this.#succeed(attempted, userId)
    }
    // A user that does not exist takes as long to refuse as a wrong password: another's hash stands in for the one missing.
    const hash = user?.passwordHash ?? this.#config().users[0]?.passwordHash ?? (await this.#decoy())
    if (!(await this.#derive(() => checkPassword(password, hash))) || user === undefined) {
      throw this.#fail(attempted, 'invalid credentials')
    }
    if (user.totpSecret === undefined) return this.#succeed(attempted, userId)
    const ticket = this.#signer.issueChallenge(userId, JSON.stringify({ totp: true }))
    return { userId, ticket, csrfToken: 'invalid' }
  }

  /** Who sent a request. */
  async authenticate({ method, headers, address }: RequestCredentials): Promise<AuthId> {
    const { authorization, cookie, [CSRF_HEADER]: csrf } = headers
    const token = typeof authorization === 'string' ? parseTokenHeader(authorization) : undefined
    if (token !== undefined) return await this.#authenticateToken(token, address)
    const ticket = typeof cookie === 'string' ? parseTicketCookie(cookie) : undefined
    if (ticket === undefined) throw authenticationFailed('no authentication credentials provided.')
    const userId = this.#signer.check(ticket)
    if (userId === undefined) throw authenticationFailed('invalid or expired ticket')
    if (this.#activeUser(userId) === undefined) throw authenticationFailed('user account disabled or expired.')
    if (method !== 'GET' && !(typeof csrf === 'string' && this.#signer.isCsrfToken(csrf, userId))) {
      throw authenticationFailed('invalid CSRF prevention token')
    }
    return { user: userId }
  }

  get config(): AccessConfig {
    return this.#config()
  }

  privileges(caller: AuthId, path: readonly string[]): ReadonlySet<Privilege> {
    return privilegesAt(this.#config().acl, caller, path)
  }

  /** Has the caller any right at the path or anywhere below it? */
  seesBelow(caller: AuthId, path: readonly string[]): boolean {
    if (this.privileges(caller, path).size > 0) return true
    const prefix = `/${path.join('/')}/`
    return this.#config().acl.some(
      (entry) => entry.path.startsWith(prefix) && this.privileges(caller, entry.path.slice(1).split('/')).size > 0,
    )
  }

  /** Does it exist and may it log in? */
  isActive(authId: string): boolean {
    const parsed = parseAuthId(authId)
    if (parsed === undefined || this.#activeUser(parsed.user) === undefined) return false
    return parsed.token === undefined || this.#activeToken(authId) !== undefined
  }

  async #authenticateToken({ authId, secret }: TokenCredentials, address: string): Promise<AuthId> {
    const text = formatAuthId(authId)
    const attempted: Attempted = { name: guardName(text, address), address }
    this.#checkGuard(attempted)
    const token = this.#activeUser(authId.user) === undefined ? undefined : this.#activeToken(text)
    const hash = token?.secretHash ?? this.#config().tokens[0]?.secretHash ?? (await this.#decoy())
    const proof = createHmac('sha256', this.#provenKey).update(secret).digest('hex')
    if (token !== undefined && this.#provenSecrets.get(hash) === proof) return authId
    // Whoever works with a proven token goes on, whatever others behind the same address try.
    this.#checkAddress(attempted)
    if (!(await this.#derive(() => checkPassword(secret, hash))) || token === undefined) {
      throw this.#fail(attempted, 'invalid token')
    }
    this.#provenSecrets.set(hash, proof)
    this.#guard.succeeded(attempted.name)
    return authId
  }

  #checkTotp(
    userId: string,
    secret: string,
    { password, attempted }: { readonly password: string; readonly attempted: Attempted },
  ): void {
    const code = password.startsWith('totp:') ? password.slice('totp:'.length) : ''
    const step = matchTotp(secret, code, unixSeconds(this.#clock))
    if (step === undefined || step <= (this.#usedSteps.get(userId) ?? -1))
      throw this.#fail(attempted, 'invalid tfa response')
    this.#usedSteps.set(userId, step)
  }

  #issue(userId: string): LoginResult {
    return { userId, ...this.#signer.issue(userId) }
  }

  #succeed({ name }: Attempted, userId: string): LoginResult {
    this.#guard.succeeded(name)
    return this.#issue(userId)
  }

  #fail({ name, address }: Attempted, reason: string): Error {
    this.#guard.failed(name)
    this.#addressGuard.failed(address)
    return authenticationFailed(reason)
  }

  #checkGuard({ name }: Attempted): void {
    if (this.#guard.isLockedOut(name)) throw authenticationFailed('too many failed attempts')
  }

  #checkAddress({ address }: Attempted): void {
    if (this.#addressGuard.isLockedOut(address)) throw authenticationFailed('too many failed attempts')
  }

  #activeUser(userId: string) {
    return this.#config().users.find((user) => user.userId === userId && this.#isActive(user))
  }

  #activeToken(authId: string) {
    return this.#config().tokens.find((token) => token.authId === authId && this.#isActive(token))
  }

  #isActive({ isEnabled, expiresAt }: { readonly isEnabled: boolean; readonly expiresAt?: number | undefined }) {
    return isEnabled && (expiresAt === undefined || expiresAt > unixSeconds(this.#clock))
  }

  #decoy(): Promise<string> {
    this.#decoyHash ??= hashPassword(randomBytes(16).toString('hex'))
    return this.#decoyHash
  }

  async #derive(work: () => Promise<boolean>): Promise<boolean> {
    if (this.#derivations >= MAX_DERIVATIONS) {
      if (this.#waiting.length >= MAX_WAITING) throw authenticationFailed('too many logins at once')
      await new Promise<void>((resume) => this.#waiting.push(resume))
    } else this.#derivations++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#derivations--
      else next() // the place passes on
    }
  }
}

/** Who tries to get in, as the guards count. */
interface Attempted {
  readonly name: string
  readonly address: string
}

/** A name is guarded where it fails: a stranger's guesses must not lock out the owner at home. */
function guardName(authId: string, address: string): string {
  return `${authId} ${address}`
}
