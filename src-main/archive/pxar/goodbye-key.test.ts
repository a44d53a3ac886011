import { expect, test } from 'vitest'
import { sipHash24 } from '../siphash.ts'
import { goodbyeKey } from './goodbye-key.ts'
import { highHalf, itemType } from './items.ts'

const hash = (name: string): string => {
  const halves = new Uint32Array(2)
  sipHash24(goodbyeKey, new TextEncoder().encode(name), halves)
  return [halves[1], halves[0]].map((half) => (half ?? 0).toString(16).padStart(8, '0')).join('')
}

test('names hash as in the worked example of the spec', () => {
  expect(['a.txt', 'b', 'c', 'd', 'e'].map(hash)).toEqual([
    'dc392d66b611aa72',
    '4d1da3f512e8c733',
    'b147860a8cd7220b',
    '25b61d6cbc2f47c3',
    '88fcc5ee2e1f5699',
  ])
})

test('item types are hashes of their names, which have more than one word', () => {
  const printed = (type: (typeof itemType)[keyof typeof itemType]): string =>
    highHalf(type).toString(16).padStart(8, '0') + type.toString(16).padStart(8, '0')
  expect(hash('__PROXMOX_FORMAT_FILENAME__')).toBe(printed(itemType.filename))
  expect(hash('__PROXMOX_FORMAT_SYMLINK__')).toBe(printed(itemType.symlink))
  expect(hash('__PROXMOX_FORMAT_DEVICE__')).toBe(printed(itemType.device))
  expect(hash('__PROXMOX_FORMAT_GOODBYE__')).toBe(printed(itemType.goodbye))
})
