import { expect, test } from 'vitest'
import { decodePlain, encodePlain } from './plain.ts'

test('6: PLAIN comes back, with or without an authorisation id and a NUL at the end', () => {
  expect(decodePlain(encodePlain({ user: 'backup', password: 's3cret' }))).toEqual({
    user: 'backup',
    password: 's3cret',
  })
  expect(decodePlain(Buffer.from('zid\0u\0p'))).toEqual({ user: 'u', password: 'p' })
  expect(decodePlain(Buffer.from('\0u\0p\0'))).toEqual({ user: 'u', password: 'p' })
  expect(decodePlain(Buffer.from('\0u\0'))).toEqual({ user: 'u', password: '' })
})

test('6: what lacks a NUL or has too many is no PLAIN', () => {
  for (const message of ['', 'u\0p', '\0\0p', '\0u\0p\0x', '\0u\0p\0\0']) {
    expect(decodePlain(Buffer.from(message)), JSON.stringify(message)).toBeUndefined()
  }
})
