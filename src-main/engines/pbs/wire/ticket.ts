import { isUserId } from './names.ts'
import { percentDecode } from './percent.ts'

/** The text of tickets and CSRF tokens (spec pbs §1.3). How they are signed is the server's own business. */

export const TICKET_LIFETIME_S = 7200
/** How far another clock may be ahead of ours. */
export const TICKET_TOLERANCE_S = 300

const TICKET = /^PBS:([^:]{1,1024}):([0-9A-F]{8})::([A-Za-z0-9+/]{1,1024})$/
const CSRF_TOKEN = /^([0-9A-F]{8}):([A-Za-z0-9+/]{1,1024})$/
const CHALLENGE_PREFIX = '!tfa!'

export interface Ticket {
  readonly userId: string
  /** Present in the answer to a password that a second factor must follow: what kinds there are. */
  readonly challenge?: string | undefined
  readonly issuedAt: number
  /** Unpadded base64. */
  readonly signature: string
}

export interface CsrfToken {
  readonly issuedAt: number
  readonly signature: string
}

/** What is signed: everything before the two colons. */
export function ticketBody({ userId, challenge, issuedAt }: Omit<Ticket, 'signature'>): string {
  // A challenge carries the user too, since the reply to it names both and they must belong together.
  const who = challenge === undefined ? userId : `${CHALLENGE_PREFIX}${challenge}`
  return `PBS:${encodeUser(who)}:${hexTime(issuedAt)}`
}

export function formatTicket(ticket: Ticket): string {
  return `${ticketBody(ticket)}::${ticket.signature}`
}

/** Undefined when the text is no ticket. `userId` is empty for a challenge, which does not say whose it is. */
export function parseTicket(text: string): Ticket | undefined {
  const match = TICKET.exec(text)
  if (match === null) return undefined
  // The groups are not optional in the expression.
  const [who, time, signature] = [percentDecode(match[1]!), match[2]!, match[3]!]
  if (who === undefined) return undefined
  const issuedAt = Number.parseInt(time, 16)
  if (who.startsWith(CHALLENGE_PREFIX))
    return { userId: '', challenge: who.slice(CHALLENGE_PREFIX.length), issuedAt, signature }
  return isUserId(who) ? { userId: who, issuedAt, signature } : undefined
}

/** What is signed of a CSRF token. */
export function csrfBody(issuedAt: number, userId: string): string {
  return `${hexTime(issuedAt)}:${userId}:`
}

export function formatCsrfToken({ issuedAt, signature }: CsrfToken): string {
  return `${hexTime(issuedAt)}:${signature}`
}

export function parseCsrfToken(text: string): CsrfToken | undefined {
  const match = CSRF_TOKEN.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) return undefined
  return { issuedAt: Number.parseInt(match[1], 16), signature: match[2] }
}

/** Is something that was issued then good now? Both in Unix seconds. */
export function isTicketTimely(issuedAt: number, now: number): boolean {
  const age = now - issuedAt
  return age >= -TICKET_TOLERANCE_S && age <= TICKET_LIFETIME_S
}

function encodeUser(user: string): string {
  return encodeURIComponent(user).replaceAll('%40', '@').replaceAll('%21', '!')
}

function hexTime(time: number): string {
  return time.toString(16).toUpperCase().padStart(8, '0')
}
