import { expect, test } from 'vitest'
import { generatePassphrase, strengthOf } from './passphrase.ts'

test('a suggested passphrase is strong, and another one each time', () => {
  const made = new Set(Array.from({ length: 50 }, () => generatePassphrase()))
  expect(made.size).toBe(50)
  for (const each of made) {
    expect(each).toMatch(/^[a-hj-km-np-z2-9]{5}(?:-[a-hj-km-np-z2-9]{5}){4}$/)
    expect(strengthOf(each).strength).toBe('strong')
  }
})

test('bytes that would make some characters likelier are thrown away', () => {
  let turn = 0
  const made = generatePassphrase((length) => new Uint8Array(length).fill(turn++ === 0 ? 255 : 3))
  expect(made).toBe('ddddd-ddddd-ddddd-ddddd-ddddd')
})

test.each([
  ['', 'weak'],
  ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
  ['1234567890', 'weak'],
  ['password1', 'weak'],
  ['horse battery', 'weak'],
  ['correct horse battery', 'fair'],
  ['correct horse battery staple', 'good'],
  ['x9Rt-44kQ-mmP2-vLs8', 'strong'],
] as const)('“%s” is %s', (passphrase, strength) => {
  expect(strengthOf(passphrase).strength).toBe(strength)
})
