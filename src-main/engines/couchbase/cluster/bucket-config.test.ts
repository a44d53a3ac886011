import { expect, test } from 'vitest'
import { compareRevisions, decodeBucketConfig } from './bucket-config.ts'
import { formatAddress, isLoopback, parseAddress } from './node-address.ts'

const asked = { host: 'fd00::7', port: 11_210 }
const config = {
  rev: 4711,
  revEpoch: 1,
  name: 'travel',
  uuid: 'u',
  storageBackend: 'magma',
  nodesExt: [
    { hostname: 'b.example', services: { kv: 11_210, kvSSL: 21_207 } },
    { hostname: 'b.example', services: { kv: 12_000, kvSSL: 12_001 } },
    { services: { kv: 11_210, kvSSL: 11_207, mgmt: 8091 } },
  ],
  vBucketServerMap: {
    serverList: ['$HOST:11210', 'b.example:12000'],
    vBucketMap: [[0, 1], [1, 0], [-1, -1], [1]],
  },
}
const decode = (change: object = {}, isSecure = false) =>
  decodeBucketConfig(Buffer.from(JSON.stringify({ ...config, ...change })), { asked, isSecure })

test('10: $HOST is where the config came from, -1 is nobody, and ports for TLS are found by host and port', () => {
  const here = { host: 'fd00::7', port: 11_210 }
  const there = { host: 'b.example', port: 12_000 }
  expect(decode()).toEqual({
    name: 'travel',
    uuid: 'u',
    backend: 'magma',
    revision: [1, 4711],
    owners: [here, there, undefined, there],
    nodes: [here, there],
    isRebalancing: false,
  })
  expect(decode({}, true).nodes.map(({ port }) => port)).toEqual([11_207, 12_001])
})

test('10: a map for afterwards says that vbuckets are moving; revisions compare by epoch first', () => {
  const map = { ...config.vBucketServerMap, vBucketMapForward: [[0], [0], [0], [0]] }
  expect(decode({ vBucketServerMap: map }).isRebalancing).toBe(true)
  expect(compareRevisions([2, 1], [1, 999])).toBeGreaterThan(0)
  expect(compareRevisions([1, 2], [1, 10])).toBeLessThan(0)
})

test('11: as many vbuckets as the map has, whatever else is usual', () => {
  const map = { ...config.vBucketServerMap, vBucketMap: Array.from({ length: 128 }, () => [0]) }
  expect(decode({ vBucketServerMap: map }).owners).toHaveLength(128)
})

test.each([
  ['a node that is not in the list', { vBucketServerMap: { ...config.vBucketServerMap, vBucketMap: [[2]] } }],
  ['another locator', { nodeLocator: 'ketama' }],
  ['an address that is none', { vBucketServerMap: { ...config.vBucketServerMap, serverList: ['a b:1', 'c:2'] } }],
  ['no map', { vBucketServerMap: {} }],
  ['an empty map', { vBucketServerMap: { ...config.vBucketServerMap, vBucketMap: [] } }],
])('10: a config with %s is refused', (_, change) => {
  expect(() => decode(change)).toThrow('bucket config')
})

test('10: without a port for TLS there is no TLS', () => {
  expect(() => decode({ nodesExt: [] }, true)).toThrow('no port for TLS')
})

test('addresses come with and without port and brackets', () => {
  expect(parseAddress('a.example')).toEqual({ host: 'a.example', port: 11_210 })
  expect(parseAddress('[::1]:5', 7)).toEqual({ host: '::1', port: 5 })
  expect(parseAddress('fd00::7', 7)).toEqual({ host: 'fd00::7', port: 7 })
  expect(formatAddress({ host: '::1', port: 5 })).toBe('[::1]:5')
  for (const bad of ['', 'a:0', 'a:70000', 'a:b', '[::1', 'a b', 'http://x'])
    expect(parseAddress(bad), bad).toBeUndefined()
  expect(['127.0.0.1', '::1', 'localhost', '10.0.0.1', '127.evil.example'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})
