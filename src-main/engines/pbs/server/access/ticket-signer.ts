import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  csrfBody,
  formatCsrfToken,
  formatTicket,
  isTicketTimely,
  parseCsrfToken,
  parseTicket,
  type Ticket,
  ticketBody,
} from '../../wire/ticket.ts'

/** Makes and checks tickets and CSRF tokens (spec pbs §1.3). Clients take both as opaque, so the keys are ours alone. */
export interface TicketSigner {
  issue(userId: string): { readonly ticket: string; readonly csrfToken: string }
  /** For a password that was right and a second factor that is still missing. */
  issueChallenge(userId: string, challenge: string): string
  /** The user of a ticket; undefined for one that is forged, expired or from the future. */
  check(ticket: string): string | undefined
  isChallengeFor(ticket: string, userId: string): boolean
  isCsrfToken(token: string, userId: string): boolean
}

const SECRET_BYTES = 32

/** With a secret that is kept, tickets survive a restart. */
export function createTicketSigner(
  nowSeconds: () => number,
  secret: Uint8Array = randomBytes(SECRET_BYTES),
): TicketSigner {
  // The domain keeps a signature of one kind from passing for another.
  const sign = (algorithm: string, domain: string, text: string) =>
    createHmac(algorithm, secret).update(`${domain}\0${text}`).digest('base64').replaceAll('=', '')
  const signTicket = (ticket: Omit<Ticket, 'signature'>, userId: string) =>
    sign('sha256', ticket.challenge === undefined ? 'ticket' : `challenge ${userId}`, ticketBody(ticket))
  const isTimelyAndSigned = (ticket: Ticket, userId: string) =>
    isTicketTimely(ticket.issuedAt, nowSeconds()) && areEqual(ticket.signature, signTicket(ticket, userId))

  return {
    issue(userId) {
      const issuedAt = nowSeconds()
      const ticket = formatTicket({ userId, issuedAt, signature: signTicket({ userId, issuedAt }, userId) })
      const signature = sign('sha3-256', 'csrf', csrfBody(issuedAt, userId))
      return { ticket, csrfToken: formatCsrfToken({ issuedAt, signature }) }
    },
    issueChallenge(userId, challenge) {
      const unsigned = { userId: '', challenge, issuedAt: nowSeconds() }
      return formatTicket({ ...unsigned, signature: signTicket(unsigned, userId) })
    },
    check(text) {
      const ticket = parseTicket(text)
      if (ticket === undefined || ticket.challenge !== undefined) return undefined
      return isTimelyAndSigned(ticket, ticket.userId) ? ticket.userId : undefined
    },
    isChallengeFor(text, userId) {
      const ticket = parseTicket(text)
      return ticket?.challenge !== undefined && isTimelyAndSigned(ticket, userId)
    },
    isCsrfToken(text, userId) {
      const token = parseCsrfToken(text)
      if (token === undefined || !isTicketTimely(token.issuedAt, nowSeconds())) return false
      return areEqual(token.signature, sign('sha3-256', 'csrf', csrfBody(token.issuedAt, userId)))
    },
  }
}

function areEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
