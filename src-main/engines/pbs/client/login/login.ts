import { z } from 'zod'
import { HoldfastError } from '../../../../../src-shared/errors.ts'
import { CSRF_HEADER, formatTicketCookie, formatTokenHeader } from '../../wire/credentials.ts'
import { type AuthId, formatAuthId } from '../../wire/names.ts'
import { parseTicket, TICKET_LIFETIME_S } from '../../wire/ticket.ts'
import { orAborted } from '../transport/or-aborted.ts'
import { PbsRefusal } from '../transport/refusal.ts'
import { dataOf, type Reply } from '../transport/reply.ts'

/** As the original client: long before the ticket's two hours are over (spec pbs §1.3). */
const RENEW_AFTER_MS = 15 * 60_000
/** A login belongs to all who wait for it, so that none of them can abort it. */
const LOGIN_TIMEOUT_MS = 60_000
const LIFETIME_MS = (TICKET_LIFETIME_S - 60) * 1000

export interface Credentials {
  readonly authId: AuthId
  /** The password, or the secret of the token. */
  readonly secret: string | undefined
  /** Asked when the account has a second factor: the six digits of now. */
  readonly totp?: (() => Promise<string>) | undefined
}

interface Held {
  readonly ticket: string
  readonly csrfToken: string
  readonly at: number
}

const ticketReply = z.object({
  username: z.string(),
  ticket: z.string().min(1).max(8192),
  CSRFPreventionToken: z.string().max(2048).nullish(),
})

export interface LoginOptions {
  readonly credentials: Credentials
  /** `POST access/ticket` with these parameters, without any credentials. */
  readonly ask: (parameters: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Reply>
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Says who calls: by the token itself, or by a ticket that is fetched when it is needed and renewed while it is good. */
export class Login {
  readonly #options: LoginOptions
  #held: Held | undefined
  #pending: Promise<Held> | undefined

  constructor(options: LoginOptions) {
    this.#options = options
  }

  /** Headers for a call. Throws `auth/denied`. */
  async headers(method: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { authId, secret } = this.#options.credentials
    if (secret === undefined || secret === '') {
      throw new HoldfastError('auth/denied', {
        detail: `There is no ${authId.token === undefined ? 'password' : 'secret'} for ${formatAuthId(authId)}.`,
        hint: 'Enter it with the repository, or set PBS_PASSWORD.',
      })
    }
    const { user, token } = authId
    if (token !== undefined) return { authorization: formatTokenHeader({ user, token }, secret) }
    const { ticket, csrfToken } = await this.#ticket(secret, signal)
    return {
      cookie: formatTicketCookie(ticket),
      ...(method === 'GET' ? {} : { [CSRF_HEADER]: csrfToken }),
    }
  }

  /** The server did not take what `headers` gave. True when asking again may help: the ticket was no good any more. */
  reject(): boolean {
    const had = this.#held !== undefined
    this.#held = undefined
    return had
  }

  async #ticket(secret: string, signal: AbortSignal): Promise<Held> {
    const age = this.#held === undefined ? 0 : this.#options.now() - this.#held.at
    if (this.#held !== undefined && age >= 0 && age < RENEW_AFTER_MS) return this.#held
    // One login for however many calls wait for it.
    this.#pending ??= this.#renew(secret, AbortSignal.timeout(LOGIN_TIMEOUT_MS)).finally(() => {
      this.#pending = undefined
    })
    this.#held = await orAborted(this.#pending, signal)
    return this.#held
  }

  /** With the old ticket as the password while that is good, else with the password. */
  async #renew(secret: string, signal: AbortSignal): Promise<Held> {
    const held = this.#held
    if (held !== undefined && this.#options.now() - held.at < LIFETIME_MS) {
      try {
        return await this.#logIn({ password: held.ticket }, signal)
      } catch (error) {
        if (!(error instanceof PbsRefusal)) throw error
      }
    }
    return await this.#logIn({ password: secret }, signal)
  }

  async #logIn(parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Held> {
    const { credentials, ask, now } = this.#options
    const { user } = credentials.authId
    const at = now()
    const reply = await ask({ username: user, ...parameters }, signal)
    const { ticket, CSRFPreventionToken } = dataOf(ticketReply, reply, 'access/ticket')
    if (parseTicket(ticket)?.challenge === undefined) return { ticket, csrfToken: CSRFPreventionToken ?? '', at }
    if (parameters['tfa-challenge'] !== undefined || credentials.totp === undefined) {
      throw new HoldfastError('auth/denied', {
        detail: `${user} has a second factor.`,
        hint: 'Make an API token for backups, and use that.',
      })
    }
    return await this.#logIn({ 'tfa-challenge': ticket, password: `totp:${await credentials.totp()}` }, signal)
  }
}
