import { afterEach, expect, test, vi } from 'vitest'
import { credentialsOf, nameOf, namespaceOf, wholeAddress } from './typed-address.ts'

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['/mnt/backup/', 'backup'],
  ['/mnt/photos.castr?extra-store=/mnt/older.castr', 'photos'],
  ['maren@pbs@tower:8007:store', 'store'],
  ['s3://AKIA7@photos?endpoint=https://minio.lan:9000', 'photos'],
  ['s3://AKIA7@photos/desk/maren?endpoint=https://minio.lan:9000', 'maren'],
])('%s is called %s', (address, name) => expect(nameOf(address)).toBe(name))

test('each kind of address has its own variables', () => {
  vi.stubEnv('PBS_PASSWORD', 'correct horse')
  vi.stubEnv('PBS_NAMESPACE', 'family')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA7')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_SESSION_TOKEN', '')
  const of = (address: string) => [credentialsOf(address), namespaceOf(address)]
  expect(of('maren@pbs@tower:store')).toEqual([{ secret: 'correct horse' }, 'family'])
  expect(of(wholeAddress('s3://photos?endpoint=https://minio.lan'))).toEqual([{ secret: 'secret' }, undefined])
  expect(of('/mnt/backup')).toEqual([{}, undefined])
})
