import { expect, test } from 'vitest'
import { normalAddress, withAccessKey } from './normal-address.ts'

test.each([
  ['/mnt/../srv/backup/', '/srv/backup'],
  ['maren@pbs@tower:store', 'maren@pbs@tower:store'],
  [
    's3://AKIA7@photos/desk/?region=us-east-1&endpoint=https://minio.lan:9000/',
    's3://AKIA7@photos/desk?endpoint=https://minio.lan:9000',
  ],
  ['s3://photos?endpoint=http%3A%2F%2F127.0.0.1%3A9000&style=path', 's3://photos?endpoint=http://127.0.0.1:9000'],
])('%s is written as %s', (typed, normal) => {
  expect(normalAddress(typed)).toBe(normal)
})

test('who asks for a bucket can be exchanged, and left to the environment', () => {
  const address = 's3://AKIA7@photos/desk?endpoint=https://minio.lan:9000'
  expect(withAccessKey(address, 'AKIA8')).toBe('s3://AKIA8@photos/desk?endpoint=https://minio.lan:9000')
  expect(withAccessKey(address, '')).toBe('s3://photos/desk?endpoint=https://minio.lan:9000')
})

test.each([
  ['/mnt/backup', 'AKIA7', 'Only the address of a bucket'],
  ['s3://photos', 'with a space', 'is not an access key id'],
])('%s takes no access key %s', (address, accessKeyId, words) => {
  expect(() => withAccessKey(address, accessKeyId)).toThrow(words)
})
