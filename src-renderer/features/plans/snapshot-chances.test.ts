import { expect, test } from 'vitest'
import { chanceWords, isHeldStill } from './snapshot-chances.ts'

test('each place is told with its file system, or with what is missing', () => {
  const say = (state: Parameters<typeof chanceWords>[0]['state'], fileSystem = 'Btrfs') =>
    chanceWords({ state, fileSystem })
  expect(say('possible')).toBe('Btrfs: possible')
  expect(say('needs-root')).toBe('Needs root')
  expect(say('unsupported', 'ext4')).toBe('ext4 has no snapshots that Holdfast can make')
  expect(say('unsupported', '')).toBe('This system has no snapshots that Holdfast can make')
})

test('what cannot change is held still without a snapshot', () => {
  const states = [
    'possible',
    'still',
    'unsupported',
    'needs-root',
    'read-only',
    'hidden',
    'too-many',
    'unknown',
  ] as const
  expect(states.filter((state) => isHeldStill({ state }))).toEqual(['possible', 'still'])
  const said = states.map((state) => chanceWords({ state, fileSystem: 'Btrfs' }))
  expect(new Set(said).size).toBe(states.length)
})
