import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CryptConfig } from '../../storage/crypt-config.ts'
import { describeRepository } from '../describe-repository.ts'
import { Bucket } from './bucket.ts'
import { probeS3 } from './probe-s3.ts'
import { parseS3Address } from './s3-address.ts'
import { createS3Repository, openS3Repository } from './s3-repository.ts'
import { describeWithCeph } from './testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from './testing/gateway.fixture.ts'

const key = new CryptConfig(Uint8Array.from({ length: 32 }, (_, i) => i))
const never = new AbortController().signal

describeWithCeph('a bucket of a real store', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())

  for (const [cryptMode, threads] of [
    ['none', 2],
    ['encrypt', 0],
    ['sign-only', 0],
  ] as const) {
    describeRepository('a bucket', cryptMode, async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'holdfast-s3-'))
      const address = await gateway.address('backups', cryptMode === 'encrypt' ? gateway.secureEndpoint : undefined)
      const credentials = { secret: gateway.secret, fingerprint: gateway.fingerprint }
      await createS3Repository(address, { credentials }, never)
      const repository = await openS3Repository(address, {
        keys: cryptMode === 'none' ? [] : [key],
        threads,
        now: () => Date.now(),
        credentials,
        cache: cryptMode === 'sign-only' ? { folder: path.join(folder, 'cache'), maxBytes: 8 << 20 } : undefined,
      })
      return {
        repository,
        dispose: async () => {
          await repository.close()
          await rm(folder, { recursive: true, force: true })
          const bucket = new Bucket({ address: parseS3Address(address), ...credentials })
          expect(await Array.fromAsync(bucket.list('.locks/', never))).toEqual([])
          bucket.close()
        },
      }
    })
  }

  describe('what is there', () => {
    const credentials = () => ({ credentials: { secret: gateway.secret } })

    test('is looked at without a change, and made once', async () => {
      const address = await gateway.address('a/b')
      expect(await probeS3(address, credentials(), never)).toEqual({ state: 'empty' })
      expect(await probeS3(address, credentials(), never)).toEqual({ state: 'empty' })
      await createS3Repository(address, credentials(), never)
      expect(await probeS3(address, credentials(), never)).toEqual({ state: 'ready', snapshots: 0 })
      await expect(createS3Repository(address, credentials(), never)).rejects.toMatchObject({
        code: 'datastore/exists',
      })
    })

    test('may be something else, which is left alone', async () => {
      const address = await gateway.address()
      const bucket = new Bucket({ address: parseS3Address(address), secret: gateway.secret })
      await bucket.put('photos/1.jpg', Buffer.from('x'), never)
      expect(await probeS3(address, credentials(), never)).toEqual({ state: 'filled' })
      await expect(createS3Repository(address, credentials(), never)).rejects.toMatchObject({ code: 'path/not-empty' })
      await expect(openS3Repository(address, { keys: [], now: Date.now, ...credentials() })).rejects.toMatchObject({
        code: 'datastore/not-found',
      })
    })

    test('may be of a later version, or damaged', async () => {
      const address = await gateway.address()
      const bucket = new Bucket({ address: parseS3Address(address), secret: gateway.secret })
      for (const text of ['{"format":"holdfast-datastore","version":2}', '{"version":1}', '\u0000']) {
        await bucket.put('holdfast.json', Buffer.from(text), never)
        await expect(probeS3(address, credentials(), never)).rejects.toMatchObject({ code: 'repository/unsupported' })
      }
    })

    test('is behind a certificate that has to be trusted first', async () => {
      const address = await gateway.address(undefined, gateway.secureEndpoint)
      const probe = await probeS3(address, credentials(), never)
      expect(probe).toEqual({ state: 'untrusted', presented: gateway.fingerprint, expected: undefined })
      const trusted = { credentials: { secret: gateway.secret, fingerprint: gateway.fingerprint } }
      expect(await probeS3(address, trusted, never)).toEqual({ state: 'empty' })
    })

    test('is not asked for without a key', async () => {
      const address = await gateway.address()
      const options = { keys: [], now: Date.now, credentials: {}, connection: { environment: {} } }
      await expect(openS3Repository(address, options)).rejects.toMatchObject({ code: 'auth/denied' })
    })
  })
})
