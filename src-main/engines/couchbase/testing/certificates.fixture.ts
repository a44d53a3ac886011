import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface TestCertificates {
  /** Paths. */
  readonly ca: string
  readonly serverKey: string
  readonly serverCert: string
  readonly clientKey: string
  readonly clientCert: string
  /** Of the client's key. */
  readonly passphrase: string
}

/** An authority, a server for the loopback addresses, and a client who is `backup`. Made by the openssl program. */
export function makeCertificates(folder: string): TestCertificates {
  const at = (name: string) => path.join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const passphrase = 'pass wörd'
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=Test CA',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  writeFileSync(at('san.txt'), 'subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost\n')
  for (const [name, subject, protection] of [
    ['server', '/CN=node', ['-nodes']],
    ['client', '/CN=backup', ['-passout', `pass:${passphrase}`]],
  ] as const) {
    openssl('req', ...newKey, ...protection, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`)
    const sign = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san.txt']
    openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`)
  }
  return {
    ca: at('ca.pem'),
    serverKey: at('server.key'),
    serverCert: at('server.pem'),
    clientKey: at('client.key'),
    clientCert: at('client.pem'),
    passphrase,
  }
}

export function serverTls(certificates: TestCertificates) {
  return {
    key: readFileSync(certificates.serverKey, 'utf8'),
    certificate: readFileSync(certificates.serverCert, 'utf8'),
    clientAuthority: readFileSync(certificates.ca, 'utf8'),
  }
}
