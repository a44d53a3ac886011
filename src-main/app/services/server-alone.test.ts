import { expect, test } from 'vitest'
import { parsePbsAddress } from '../../engines/pbs/client/address/repository-address.ts'
import { datastoreChoices, withAnyDatastore } from './server-alone.ts'

test.each([
  ['pbs://maren@pbs@tower:8007', 'tower'],
  ['pbs://maren@pbs@tower/', 'tower'],
  ['maren@pbs@tower:', 'tower'],
  ['maren@pbs!laptop@tower:8008:', 'tower'],
  ['maren@pbs@[fd00::1]:', 'fd00::1'],
])('%s names a server to look around on', (address, host) => {
  const whole = withAnyDatastore(address)
  expect(whole).toBeDefined()
  expect(parsePbsAddress(whole ?? '')).toMatchObject({ host, datastore: 'holdfast-looks-around' })
})

test.each(['/mnt/disk', 'maren@pbs@tower:store', 'pbs://maren@pbs@tower/store', 's3://bucket', ''])(
  '%s is whole, or something else',
  (address) => {
    expect(withAnyDatastore(address)).toBeUndefined()
  },
)

test('each datastore of the server has an address of its own', () => {
  const [first] = datastoreChoices(parsePbsAddress('maren@pbs@tower:8008:x-x'), [{ store: 'elements' }])
  expect(first).toEqual({ name: 'elements', address: 'pbs://maren@pbs@tower:8008/elements' })
})
