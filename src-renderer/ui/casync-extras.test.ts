import { expect, test } from 'vitest'
import { isDistantStore, noExtras, takesExtras, withExtras } from './casync-extras.ts'

test('extra stores and the cache go behind the address of a store', () => {
  const extras = { stores: ' /mnt/old.castr\n\nme@host:b.castr ', cacheFolder: ' /var/chunks' }
  expect(withExtras('https://host/name.castr/', extras)).toBe(
    'https://host/name.castr?extra-store=/mnt/old.castr&extra-store=me@host:b.castr&chunk-cache=/var/chunks',
  )
  expect(withExtras('/a.castr', noExtras)).toBe('/a.castr')
  expect(withExtras('/a/datastore', extras)).toBe('/a/datastore')
})

test('only stores of casync take them, and only distant ones are worth a cache', () => {
  expect(['/a.castr', '/a.castr/', '/a', 'pbs://host/a.castr?x'].map(takesExtras)).toEqual([true, true, false, false])
  expect(['/a.castr', 'http://h/a.castr', 'casync+ssh://h/a.castr'].map(isDistantStore)).toEqual([false, true, true])
})
