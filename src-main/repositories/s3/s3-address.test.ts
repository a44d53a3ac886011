import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatS3Address, parseS3Address } from './s3-address.ts'

test('an address of a store of one’s own', () => {
  expect(parseS3Address('s3://KEY@backups/desk/maren?endpoint=https://nas.lan:9000&region=eu-1')).toEqual({
    accessKeyId: 'KEY',
    bucket: 'backups',
    prefix: 'desk/maren/',
    endpoint: 'https://nas.lan:9000',
    region: 'eu-1',
    isPathStyle: true,
  })
})

test('without an endpoint it is Amazon, which has buckets in names of hosts', () => {
  expect(parseS3Address('s3://backups')).toEqual({
    accessKeyId: undefined,
    bucket: 'backups',
    prefix: '',
    endpoint: undefined,
    region: 'us-east-1',
    isPathStyle: false,
  })
})

test('a slash at the end, and a style, mean nothing else', () => {
  expect(parseS3Address('s3://b-1/x/')).toEqual(parseS3Address('s3://b-1/x'))
  expect(parseS3Address('s3://backups?endpoint=http://[::1]:9000&style=host')).toMatchObject({
    endpoint: 'http://[::1]:9000',
    isPathStyle: false,
  })
})

test.each([
  ['backups', 'is not an address of a bucket'],
  ['s3://', 'is not a name of a bucket'],
  ['s3://ab', 'is not a name of a bucket'],
  ['s3://-backups', 'is not a name of a bucket'],
  ['s3://backups//x', 'is not a prefix'],
  ['s3://backups/../x', 'is not a prefix'],
  ['s3://backups/.chunks', 'is not a prefix'],
  [`s3://backups/${'x'.repeat(600)}`, 'is not a prefix'],
  ['s3://%zz@backups', 'is not an access key id'],
  ['s3://a%20b@backups', 'is not an access key id'],
  ['s3://backups?endpoint=ftp://x', 'is not an endpoint'],
  ['s3://backups?endpoint=https://u:p@x', 'is not an endpoint'],
  ['s3://backups?endpoint=https://x/path', 'is not an endpoint'],
  ['s3://backups?endpoint=nas', 'is not an endpoint'],
  ['s3://backups?region=a/b', 'is not a region'],
  ['s3://backups?style=other', 'is not a style'],
  ['s3://backups?secret=x', 'is not a parameter of a bucket'],
])('%s is refused: it %s', (text, problem) => {
  expect(() => parseS3Address(text)).toThrow(expect.objectContaining({ code: 'input/invalid' }))
  expect(() => parseS3Address(text)).toThrow(problem)
})

test('what is formatted reads back as the same', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)
  const address = fc.record({
    accessKeyId: fc.option(fc.stringMatching(/^[\x21-\x7e]{1,40}$/), { nil: undefined }),
    bucket: fc.stringMatching(/^[a-z0-9][a-z0-9.-]{1,40}[a-z0-9]$/),
    prefix: fc.array(part, { maxLength: 4 }).map((parts) => parts.map((each) => `${each}/`).join('')),
    endpoint: fc.constantFrom(undefined, 'https://nas.lan:9000', 'http://127.0.0.1:7480', 'https://s3.example.org'),
    region: fc.constantFrom('us-east-1', 'eu-central-1', 'garage'),
    isPathStyle: fc.boolean(),
  })
  fc.assert(
    fc.property(address, (value) => {
      expect(parseS3Address(formatS3Address(value))).toEqual(value)
    }),
  )
})
