import { expect, test } from 'vitest'
import { isCasyncAddress, parseCasyncAddress } from './casync-address.ts'

test('what goes with a store stands behind its address', () => {
  const query = 'extra-store=/mnt/old.castr&extra-store=me%40host:b.castr&chunk-cache=/var/chunks&chunk-cache-size=2G'
  for (const store of ['/a b/name.castr', 'https://host/name.castr', 'casync+ssh://me@host/name.castr']) {
    expect(isCasyncAddress(`${store}?${query}`)).toBe(true)
    expect(parseCasyncAddress(`${store}?${query}`)).toEqual({
      store,
      extraStores: [
        { kind: 'path', path: '/mnt/old.castr' },
        { kind: 'ssh', host: 'me@host', prefix: 'me@host:', path: 'b.castr' },
      ],
      cache: { folder: '/var/chunks', maxBytes: 2 * 1024 ** 3 },
    })
    expect(parseCasyncAddress(store)).toEqual({ store, extraStores: [], cache: undefined })
  }
  expect(parseCasyncAddress('/a.castr?chunk-cache=/c').cache?.maxBytes).toBe(1 << 30)
  expect(isCasyncAddress('/a.castr.old')).toBe(false)
})

test.each([
  'token=1',
  'extra-store=relative',
  'extra-store=',
  'chunk-cache=here',
  'chunk-cache=/c&chunk-cache-size=much',
])('anything else is refused: %s', (query) => {
  expect(() => parseCasyncAddress(`/name.castr?${query}`)).toThrow(expect.objectContaining({ code: 'input/invalid' }))
})
