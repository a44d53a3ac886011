import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTicketCookie, formatTokenHeader, parseTicketCookie, parseTokenHeader } from './credentials.ts'

const token = { user: 'root@pam', token: 't1' } as const

test('a token header has a space or an equals sign after the scheme and a colon before the secret', () => {
  const expected = { authId: token, secret: 'a:b' }
  expect(parseTokenHeader('PBSAPIToken root@pam!t1:a:b')).toEqual(expected)
  expect(parseTokenHeader('PBSAPIToken=root@pam!t1:a%3Ab')).toEqual(expected)
  for (const header of [
    'PBSAPIToken root@pam!t1=x', // as Proxmox VE has it
    'PBSAPIToken root@pam:x',
    'PBSAPIToken root@pam!t1:',
    'PBSAPIToken root@pam!t1:%zz',
    'PVEAPIToken root@pam!t1:x',
    'pbsapitoken root@pam!t1:x',
    `PBSAPIToken root@pam!t1:${'x'.repeat(9000)}`,
  ]) {
    expect(parseTokenHeader(header)).toBeUndefined()
  }
})

test('any secret survives the header', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }), (secret) => {
      expect(parseTokenHeader(formatTokenHeader(token, secret))).toEqual({ authId: token, secret })
    }),
  )
})

test('a ticket goes into a cookie with only those characters escaped that a cookie cannot hold', () => {
  const ticket = 'PBS:root@pam:665F0A10::abc+/=='
  expect(formatTicketCookie(ticket)).toBe(`PBSAuthCookie=${ticket}`)
  expect(formatTicketCookie('PBS:!tfa!{"totp":true}:1')).toBe('PBSAuthCookie=PBS:!tfa!%7B%22totp%22:true%7D:1')
  expect(parseTicketCookie(`a=b; PBSAuthCookie=${ticket} ;c`)).toBe(ticket)
  expect(parseTicketCookie(`PBSAuthCookie=one; __Host-PBSAuthCookie=two`)).toBe('two')
  expect(parseTicketCookie('PBSAuthCookie=%C3%A4')).toBe('ä')
  expect(parseTicketCookie('PBSAuthCookie=%zz')).toBeUndefined()
  expect(parseTicketCookie('other=1')).toBeUndefined()
})
