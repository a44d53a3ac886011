import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToPathText } from '../../../src-shared/model/path-text.ts'
import { fromAddress, toSegment } from './dav-path.ts'

test('every name comes back byte for byte, whatever it is', () => {
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 40 })
    .filter((bytes) => !bytes.includes(0) && !bytes.includes(0x2f))
    .map(bytesToPathText)
    .filter((text) => text !== '.' && text !== '..')
  fc.assert(
    fc.property(fc.array(name, { maxLength: 5 }), (names) => {
      expect(fromAddress(`/${names.map(toSegment).join('/')}/`)).toEqual(names)
    }),
  )
})

test.each(['', 'letter.txt', '/a/%2e%2e/b', '/a/../b', '/%2F', '/%00', '/%4', '/%zz', '/ü', `/${'a'.repeat(300_000)}`])(
  'nothing is at %j',
  (address) => {
    expect(fromAddress(address)).toBeUndefined()
  },
)
