import { expect, test } from 'vitest'
import { scramMechanisms } from './mechanism.ts'
import { ScramClient } from './scram-client.ts'
import { makeScramKeys } from './scram-crypto.ts'
import { ScramServer } from './scram-server.ts'

/** Examples of RFC 5802 §5 (SHA-1) and RFC 7677 §3 (SHA-256), and those of the specification's §3.3. */
const salt64 = Buffer.from(Array.from({ length: 64 }, (_, index) => index))
const vectors = [
  {
    name: 'RFC 5802',
    mechanism: 'SCRAM-SHA1',
    user: 'user',
    password: 'pencil',
    clientNonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: '3rfcNHYJY1ZVvWVs7j',
    salt: Buffer.from('QSXCR+Q6sek8bf92', 'base64'),
    iterations: 4096,
    proof: 'v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
    signature: 'rmF9pqV8S7suAoZWja4dJRkFsKQ=',
  },
  {
    name: 'RFC 7677',
    mechanism: 'SCRAM-SHA256',
    user: 'user',
    password: 'pencil',
    clientNonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'),
    iterations: 4096,
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
  },
  ...(
    [
      [
        'SCRAM-SHA512',
        'G1m0R/OIV1vntodOXriWWfh+fSRx/eHPXtW67z7TBhEGDVOz258TE29V+MzsXTUryyb/hvyBmPEBEkTaCAK6Cg==',
        'cMK5yhtLd1/vOd3fNPr4uvbBFbmysT4NGM4zSKyztLagojsdCmN96/5+9LgQ9zuysaJdEYGlneO9rdHix3/mvg==',
      ],
      ['SCRAM-SHA256', 'v/Q371Z/URSfQl7Edn7RrB2hOUv635eGGzQv/wQvZb0=', 'Br4NBv4PXDhM22xW1GyJCuUo7QreLThaBVHQK1PqfGM='],
      ['SCRAM-SHA1', 'aTIRaaAbOIgPugyqwPx9cS2p0s8=', '/D7KmchLpp6uUceorOmuHX4B0pg='],
    ] as const
  ).map(([mechanism, proof, signature]) => ({
    name: '§3.3',
    mechanism,
    user: 'backup',
    password: 's3cret',
    clientNonce: '3f2a9c1d0b7e4856',
    serverNonce: 'a1b2c3d4e5f60718',
    salt: salt64,
    iterations: 15_000,
    proof,
    signature,
  })),
] as const

test.each(vectors)('7: the client proves and checks as in $name, $mechanism', async (vector) => {
  const client = new ScramClient(vector.mechanism, { ...vector, nonce: vector.clientNonce })
  expect(client.first()).toBe(`n,,n=${vector.user},r=${vector.clientNonce}`)
  const nonce = `${vector.clientNonce}${vector.serverNonce}`
  const final = await client.final(`r=${nonce},s=${vector.salt.toString('base64')},i=${vector.iterations}`)
  expect(final).toBe(`c=biws,r=${nonce},p=${vector.proof}`)
  client.verify(`v=${vector.signature}`)
  expect(() => client.verify(`v=${Buffer.alloc(20).toString('base64')}`)).toThrow('does not know the password')
})

test.each(vectors)('7: the server answers as in $name, $mechanism', async (vector) => {
  const keys = await makeScramKeys(vector.mechanism, vector)
  const server = new ScramServer(vector.mechanism, () => keys, vector.serverNonce)
  const nonce = `${vector.clientNonce}${vector.serverNonce}`
  expect(server.first(`n,,n=${vector.user},r=${vector.clientNonce}`)).toEqual({
    outcome: 'continue',
    message: `r=${nonce},s=${vector.salt.toString('base64')},i=${vector.iterations}`,
  })
  expect(server.final(`c=biws,r=${nonce},p=${vector.proof}`)).toEqual({
    outcome: 'success',
    message: `v=${vector.signature}`,
    user: vector.user,
  })
})

test.each(scramMechanisms)('7: client and server meet over %s with an odd name and password', async (mechanism) => {
  const user = 'a,b=c=2Cd'
  const keys = await makeScramKeys(mechanism, { password: 'pässwörd', salt: Buffer.alloc(16, 7), iterations: 4096 })
  const exchange = async (password: string) => {
    const client = new ScramClient(mechanism, { user, password })
    const asked: string[] = []
    const server = new ScramServer(mechanism, (_, name) => {
      asked.push(name)
      return keys
    })
    const first = server.first(client.first())
    if (first.outcome !== 'continue') throw new Error(first.outcome)
    const last = server.final(await client.final(first.message))
    if (last.outcome === 'success') client.verify(last.message)
    return { outcome: last.outcome, asked }
  }
  expect(await exchange('pässwörd')).toEqual({ outcome: 'success', asked: [user] })
  expect(await exchange('passwörd')).toEqual({ outcome: 'denied', asked: [user] })
})

test('7: a server that changes the nonce, or wants too few or too many rounds, is refused', async () => {
  const client = new ScramClient('SCRAM-SHA256', { user: 'u', password: 'p', nonce: 'abc' })
  await expect(client.final('r=abX,s=AAAA,i=4096')).rejects.toThrow('does not continue ours')
  await expect(client.final('r=abc,s=AAAA,i=4096')).rejects.toThrow('does not continue ours')
  await expect(client.final('r=abcd,s=AAAA,i=4095')).rejects.toThrow('4095')
  await expect(client.final('r=abcd,s=AAAA,i=99999999')).rejects.toThrow('99999999')
  await expect(client.final('r=abcd,s=,i=4096')).rejects.toThrow('base64')
  await expect(client.final('nonsense')).rejects.toThrow('server-first')
})

test('7: what is no message of the exchange is malformed, and a proof counts once', async () => {
  const keys = await makeScramKeys('SCRAM-SHA1', { password: 'p', salt: Buffer.alloc(4), iterations: 4096 })
  const server = () => new ScramServer('SCRAM-SHA1', () => keys, 'srv')
  for (const first of ['', 'y,,n=u,r=x', 'n,,r=x,n=u', 'n,,n=,r=x', 'n,,n=a=b,r=x', 'n,,n=u,r=', 'n,,n=u']) {
    expect(server().first(first), first).toEqual({ outcome: 'malformed' })
  }
  expect(server().final('c=biws,r=x,p=AAAA')).toEqual({ outcome: 'malformed' })
  const asked = server()
  asked.first('n,,n=u,r=x')
  expect(asked.final('c=biws,r=xsrv')).toEqual({ outcome: 'malformed' })
  const again = server()
  again.first('n,,n=u,r=x')
  expect(again.final('c=biws,r=other,p=AAAA')).toEqual({ outcome: 'denied' })
  expect(again.final('c=biws,r=xsrv,p=AAAA')).toEqual({ outcome: 'malformed' })
})
