import { expect, it } from 'vitest'
import { archiveFlags, chattrFlags } from './node-flags.ts'

it('translates chattr flags as the spec says, and back', () => {
  expect(archiveFlags(0x10 | 0x40)).toBe(0x400000n | 0x100000n)
  expect(archiveFlags(0x80000 /* extents, which nobody sets */)).toBe(0n)
  for (let bit = 0x10000n; bit <= 0x2000000n; bit <<= 1n) expect(archiveFlags(chattrFlags(bit))).toBe(bit)
  expect(chattrFlags(0x2000n /* FAT hidden */)).toBe(0)
})
