import { describe, expect, test } from 'vitest'
import { completeBucketAddress, readBucketSecret } from './bucket-environment.ts'

const keys = { AWS_ACCESS_KEY_ID: 'AKIA7', AWS_SECRET_ACCESS_KEY: 'secret' }

describe('an address of a bucket', () => {
  test('takes what it leaves open from the environment', () => {
    const environment = { ...keys, AWS_ENDPOINT_URL: 'https://minio.lan:9000/', AWS_REGION: 'lan' }
    expect(completeBucketAddress('s3://photos/desk', environment)).toBe(
      's3://AKIA7@photos/desk?endpoint=https://minio.lan:9000&region=lan',
    )
  })

  test('keeps what it says itself', () => {
    const environment = { ...keys, AWS_ENDPOINT_URL: 'https://minio.lan:9000', AWS_REGION: 'lan' }
    const whole = 's3://AKIA8@photos?endpoint=http://127.0.0.1:9000&region=us-east-1'
    expect(completeBucketAddress(whole, environment)).toBe('s3://AKIA8@photos?endpoint=http://127.0.0.1:9000')
    expect(completeBucketAddress('s3://AKIA8@photos', {})).toBe('s3://AKIA8@photos')
  })

  test('prefers the variables that are for S3 alone and for the command, and takes an empty one for none', () => {
    const environment = {
      AWS_ENDPOINT_URL_S3: 'https://one.lan',
      AWS_ENDPOINT_URL: 'https://two.lan',
      AWS_REGION: '',
      AWS_DEFAULT_REGION: 'eu-central-1',
    }
    expect(completeBucketAddress('s3://photos', environment)).toBe(
      's3://photos?endpoint=https://one.lan&region=eu-central-1',
    )
  })

  test('keeps its style when the endpoint comes from the environment', () => {
    expect(completeBucketAddress('s3://photos?style=host', { AWS_ENDPOINT_URL: 'https://s3.example.org' })).toBe(
      's3://photos?endpoint=https://s3.example.org&style=host',
    )
  })

  test('is refused with what the environment says where that is none', () => {
    expect(() => completeBucketAddress('s3://photos', { AWS_ENDPOINT_URL: 'minio.lan' })).toThrow('is not an endpoint')
  })
})

describe('the secret of a bucket', () => {
  test('is that of the key in the address', () => {
    expect(readBucketSecret('s3://AKIA7@photos', keys)).toBe('secret')
    expect(readBucketSecret('s3://AKIA8@photos', keys)).toBeUndefined()
    expect(readBucketSecret('s3://AKIA8@photos', { AWS_SECRET_ACCESS_KEY: 'secret' })).toBe('secret')
    expect(readBucketSecret('s3://AKIA7@photos', { ...keys, AWS_SECRET_ACCESS_KEY: '' })).toBeUndefined()
  })

  test('and its key stay in the environment where they end with a session', () => {
    const session = { ...keys, AWS_SESSION_TOKEN: 'token' }
    expect(completeBucketAddress('s3://photos', session)).toBe('s3://photos')
    expect(readBucketSecret('s3://photos', session)).toBeUndefined()
  })
})
