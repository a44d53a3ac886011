import { expect, test } from 'vitest'
import { accessKeyOf, bucketAddress, isBucket, noBucket, withAccessKey } from './bucket-address.ts'

const photos = { ...noBucket, bucket: 'photos', accessKey: 'AKIA7' }

test('a bucket of Amazon needs its name and who asks', () => {
  expect(bucketAddress(photos)).toBe('s3://AKIA7@photos')
  expect(bucketAddress({ ...photos, region: 'eu-central-1' })).toBe('s3://AKIA7@photos?region=eu-central-1')
  expect(bucketAddress({ ...photos, bucket: ' ' })).toBe('')
  expect(bucketAddress({ ...photos, accessKey: '' })).toBe('')
})

test('slashes around a folder and spaces around a field do not count, and an endpoint is in TLS unless it says so', () => {
  expect(bucketAddress({ ...photos, folder: '/desk/maren/', endpoint: ' minio.lan:9000 ' })).toBe(
    's3://AKIA7@photos/desk/maren?endpoint=https://minio.lan:9000',
  )
  expect(bucketAddress({ ...photos, endpoint: 'http://127.0.0.1:9000' })).toBe(
    's3://AKIA7@photos?endpoint=http://127.0.0.1:9000',
  )
})

test('what would end a part of the address is written so that it does not', () => {
  const odd = { ...photos, accessKey: 'a/b@c?d', region: 'eu&endpoint=x' }
  expect(bucketAddress(odd)).toBe('s3://a%2Fb%40c%3Fd@photos?region=eu%26endpoint%3Dx')
  expect(accessKeyOf(bucketAddress(odd))).toBe('a/b@c?d')
})

test('who asks is read from an address, and exchanged in it', () => {
  expect(['s3://photos', 's3://AKIA7@photos/a@b', 's3://photos/a@b', 's3://%zz@photos'].map(accessKeyOf)).toEqual([
    '',
    'AKIA7',
    '',
    '%zz',
  ])
  const address = 's3://AKIA7@photos/desk?endpoint=https://minio.lan:9000'
  expect(withAccessKey(address, '$&')).toBe('s3://%24%26@photos/desk?endpoint=https://minio.lan:9000')
  expect(withAccessKey(address, '')).toBe('s3://photos/desk?endpoint=https://minio.lan:9000')
  expect(withAccessKey('s3://photos/desk', 'NEW')).toBe('s3://NEW@photos/desk')
})

test('a bucket is told from other addresses', () => {
  expect(['s3://photos', '/s3://photos', 'pbs://a@pbs@host/s3'].map(isBucket)).toEqual([true, false, false])
})
