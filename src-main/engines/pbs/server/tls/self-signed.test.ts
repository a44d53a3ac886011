import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSelfSignedCertificate } from './self-signed.ts'

const NOW = 1_717_500_000

test('a self-made certificate carries its own valid signature and fits its key', async () => {
  const { key, certificate } = await createSelfSignedCertificate({ hosts: ['backup.example'], now: NOW })
  const parsed = new X509Certificate(certificate)
  expect(parsed.verify(parsed.publicKey)).toBe(true)
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(parsed.subject).toBe('O=Holdfast\nCN=backup.example')
  expect(parsed.issuer).toBe(parsed.subject)
  expect(parsed.ca).toBe(false)
  expect(Date.parse(parsed.validFrom)).toBe((NOW - 86_400) * 1000)
})

test('a self-made certificate names hosts and addresses', async () => {
  const hosts = ['localhost', '127.0.0.1', '::1', '2001:db8::17:0:5']
  const parsed = new X509Certificate((await createSelfSignedCertificate({ hosts, now: NOW })).certificate)
  expect(parsed.checkHost('localhost')).toBe('localhost')
  expect(parsed.checkHost('elsewhere')).toBeUndefined()
  for (const address of hosts.slice(1)) expect(parsed.checkIP(address)).toBe(address)
})

test('two certificates differ in key and serial number', async () => {
  const [a, b] = await Promise.all([1, 2].map(() => createSelfSignedCertificate({ hosts: ['localhost'], now: NOW })))
  expect(a?.fingerprint).not.toBe(b?.fingerprint)
  expect(a?.fingerprint).toMatch(/^[0-9a-f]{2}(:[0-9a-f]{2}){31}$/)
})

test('the openssl program reads and verifies a self-made certificate', async (context) => {
  try {
    execFileSync('openssl', ['version'])
  } catch {
    context.skip('there is no openssl program here')
  }
  const { certificate } = await createSelfSignedCertificate({
    hosts: ['localhost'],
    now: Math.floor(Date.now() / 1000),
  })
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: certificate, encoding: 'utf8' })
  expect(text).toContain('Signature Algorithm: ecdsa-with-SHA256')
  expect(text).toContain('TLS Web Server Authentication')
  expect(text).toContain('DNS:localhost')
})
