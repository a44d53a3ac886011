import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csrfBody, formatCsrfToken, formatTicket, isTicketTimely, parseCsrfToken, parseTicket } from './ticket.ts'

test('tickets have the text of PBS', () => {
  const ticket = { userId: 'root@pam', issuedAt: 0x665f0a10, signature: 'BASE64SIG' }
  expect(formatTicket(ticket)).toBe('PBS:root@pam:665F0A10::BASE64SIG')
  expect(parseTicket('PBS:root@pam:665F0A10::BASE64SIG')).toEqual(ticket)
  expect(parseTicket('PBS:a%25b@pbs:665F0A10::x')).toMatchObject({ userId: 'a%b@pbs' })
  for (const text of [
    'PVE:root@pam:665F0A10::x',
    'PBS:root@pam!token:665F0A10::x',
    'PBS:root@pam:665f0a10::x',
    'PBS:root@pam:665F0A10:x',
    'PBS:root@pam:665F0A10::x=',
    'PBS::665F0A10::x',
    '',
  ]) {
    expect(parseTicket(text)).toBeUndefined()
  }
})

test('a challenge is a ticket that names no user', () => {
  const challenge = JSON.stringify({ totp: true, recovery: [0, 1] })
  const text = formatTicket({ userId: '', challenge, issuedAt: 1, signature: 'x' })
  expect(text).toBe('PBS:!tfa!%7B%22totp%22%3Atrue%2C%22recovery%22%3A%5B0%2C1%5D%7D:00000001::x')
  expect(parseTicket(text)).toEqual({ userId: '', challenge, issuedAt: 1, signature: 'x' })
})

test('tickets and CSRF tokens survive their text', () => {
  const signature = fc.base64String({ minLength: 4, maxLength: 88 }).map((text) => text.replaceAll('=', ''))
  const time = fc.integer({ min: 0, max: 0xffff_ffff })
  fc.assert(
    fc.property(time, signature, fc.stringMatching(/^[^\s:/\p{Cc}\ud800-\udfff]{1,20}$/u), (issuedAt, text, name) => {
      const ticket = { userId: `${name}@pbs`, issuedAt, signature: text }
      expect(parseTicket(formatTicket(ticket))).toEqual(ticket)
      expect(parseCsrfToken(formatCsrfToken({ issuedAt, signature: text }))).toEqual({ issuedAt, signature: text })
    }),
  )
  expect(csrfBody(0x665f0a10, 'root@pam')).toBe('665F0A10:root@pam:')
})

test('tickets live two hours, and five minutes before they were made', () => {
  const timely = [-301, -300, 0, 7200, 7201].map((age) => isTicketTimely(1_000_000, 1_000_000 + age))
  expect(timely).toEqual([false, true, true, true, false])
})
