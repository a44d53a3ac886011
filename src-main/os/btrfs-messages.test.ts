import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  btrfsRequest,
  decodeChildren,
  decodeInfo,
  decodePathOfChild,
  encodeChildren,
  encodeDestroy,
  encodeFlags,
  encodePathOfChild,
  encodeSnapshot,
  subvolumeInfoBytes,
} from './btrfs-messages.ts'

it('the number of an ioctl says direction, size, group and place (asm-generic/ioctl.h)', () => {
  const number = (direction: number, size: number, place: number) =>
    (((direction << 30) >>> 0) + (size << 16) + (0x94 << 8) + place) >>> 0
  expect(btrfsRequest).toEqual({
    snapshotDestroy: number(1, 4096, 15),
    snapshotCreate: number(1, 4096, 23),
    setFlags: number(1, 8, 26),
    info: number(2, subvolumeInfoBytes, 60),
    children: number(3, 4096, 61),
    pathOfChild: number(3, 4096, 62),
  })
})

describe('what is asked for', () => {
  it('a snapshot names its source by descriptor, is read-only, and has a name', () => {
    const message = encodeSnapshot(17, '.now')
    expect([message.length, message.readBigInt64LE(0), message.readBigUInt64LE(16)]).toEqual([4096, 17n, 2n])
    expect(message.toString('latin1', 56, 61)).toBe('.now\0')
    expect(encodeDestroy('.now').toString('latin1', 8, 13)).toBe('.now\0')
    expect([encodeFlags({ readOnly: false }), encodeFlags({ readOnly: true })].map((one) => one[0])).toEqual([0, 2])
  })

  it('a name never leads anywhere else, and is never too long', () => {
    for (const name of ['', 'a/b', 'a\0b', 'x'.repeat(256)]) {
      expect(() => encodeSnapshot(3, name)).toThrow(RangeError)
      expect(() => encodeDestroy(name)).toThrow(RangeError)
    }
  })
})

describe('what is answered', () => {
  it('says who a subvolume is, what it was made from and whether it may change', () => {
    const message = Buffer.alloc(subvolumeInfoBytes)
    message.writeBigUInt64LE(1n, 288)
    message.fill(0xab, 296, 312)
    message.fill(0xcd, 312, 328)
    expect(decodeInfo(message)).toEqual({ isReadOnly: true, uuid: 'ab'.repeat(16), parentUuid: 'cd'.repeat(16) })
    message.writeBigUInt64LE(2n, 288)
    expect(decodeInfo(message).isReadOnly).toBe(false)
  })

  it('lists subvolumes inside, never more than fit', () => {
    const reference = fc.record({ subvolume: fc.bigInt(0n, (1n << 64n) - 1n), folder: fc.bigInt(0n, (1n << 64n) - 1n) })
    fc.assert(
      fc.property(fc.array(reference, { maxLength: 255 }), fc.bigInt(0n, 1n << 60n), (references, next) => {
        const message = encodeChildren(next)
        for (const [index, { subvolume, folder }] of references.entries()) {
          message.writeBigUInt64LE(subvolume, 8 + 16 * index)
          message.writeBigUInt64LE(folder, 16 + 16 * index)
        }
        message[4088] = references.length
        expect(decodeChildren(message)).toEqual({ references, next })
      }),
    )
  })

  it('gives the path of one, of whatever bytes', () => {
    const message = encodePathOfChild({ subvolume: 257n, folder: 300n })
    expect([message.readBigUInt64LE(0), message.readBigUInt64LE(8)]).toEqual([300n, 257n])
    message.write('sub\xff', 16, 'latin1')
    message.write('deep/er/', 272, 'latin1')
    expect(decodePathOfChild(message).toString('latin1')).toBe('deep/er/sub\xff')
    // no end in sight: bounded by the message itself
    expect(decodePathOfChild(Buffer.alloc(4096, 0x61))).toHaveLength(256 + 3824)
  })
})
