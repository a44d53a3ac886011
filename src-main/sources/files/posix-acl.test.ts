import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../src-shared/errors.ts'
import { decodeAcl, encodeAcl } from './posix-acl.ts'

const bits = fc.integer({ min: 0, max: 7 })
const rows = fc
  .uniqueArray(fc.record({ id: fc.integer({ min: 0, max: 0xfffffffe }), permissions: bits }), {
    selector: (r) => r.id,
    maxLength: 5,
  })
  .map((list) => list.sort((a, b) => a.id - b.id))

/** `setfacl -m u:1000:rw,g:50:r` on a file of mode 0644, read with `getfattr -e hex`. */
const real = Buffer.from(
  '02000000' +
    '01000600ffffffff' +
    '02000600e8030000' +
    '04000400ffffffff' +
    '0800040032000000' +
    '10000600ffffffff' +
    '20000400ffffffff',
  'hex',
)

describe('a POSIX ACL', () => {
  it('reads what setfacl wrote, and writes the same bytes', () => {
    const acl = decodeAcl({ access: real })
    expect(acl).toEqual({
      users: [{ id: 1000, permissions: 6 }],
      groups: [{ id: 50, permissions: 4 }],
      groupObject: 4,
    })
    expect(Buffer.from(encodeAcl(acl!, 0o664).access!)).toEqual(real)
  })

  it('comes back as it was', () => {
    const defaults = fc.record({
      userObject: bits,
      groupObject: bits,
      other: bits,
      mask: bits,
      users: rows,
      groups: rows,
    })
    fc.assert(
      fc.property(
        rows,
        rows,
        bits,
        fc.option(defaults, { nil: undefined }),
        fc.integer({ min: 0, max: 0o777 }),
        (users, groups, groupObject, d, mode) => {
          const acl = { users, groups, groupObject, ...(d && { defaults: d }) }
          expect(decodeAcl(encodeAcl(acl, mode))).toEqual(acl)
        },
      ),
    )
  })

  it('is absent when it says no more than the mode', () => {
    const plain = Buffer.from('02000000' + '01000600ffffffff' + '04000400ffffffff' + '20000400ffffffff', 'hex')
    expect(decodeAcl({ access: plain })).toBeUndefined()
    expect(decodeAcl({})).toBeUndefined()
    expect(encodeAcl({ users: [], groups: [] }, 0o644)).toEqual({ access: undefined, default: undefined })
  })

  it('is refused when cut, of another version, or with an unknown tag', () => {
    for (let length = 0; length < real.length; length++) {
      if (length >= 4 && (length - 4) % 8 === 0) continue
      expect(() => decodeAcl({ access: real.subarray(0, length) })).toThrow(ProtocolError)
    }
    expect(() => decodeAcl({ access: Buffer.from('03000000', 'hex') })).toThrow(ProtocolError)
    expect(() => decodeAcl({ access: Buffer.from('0200000040000600ffffffff', 'hex') })).toThrow(ProtocolError)
  })
})
