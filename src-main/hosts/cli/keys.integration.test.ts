import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encryptionKey } from '../../../src-shared/contract/keys.ts'
import { errorCodes } from '../../../src-shared/errors.ts'
import { openKeyFile, parseKeyFile } from '../../storage/key-file.ts'
import { CommandLine, workFolder } from './testing/command-line.ts'
import { scanQrCodes } from './testing/scan-qr.ts'

/** Keys on the command line: files of the original client, passphrases, paper, and the master key. */
const folder = workFolder()
const hasScanner = spawnSync('zbarimg', ['--version']).status === 0
if (!hasScanner) console.log('not tested: QR codes by a scanner, since there is no zbarimg')

const passphrase = 'correct horse'
/** Spec pbs §5.2, of the key 00 … 1f. */
const fingerprint = '0eabd4460b6eb9ca345023dee2b778c790e54a1683b9659c0a57ae199090159b'.replace(/..(?!$)/g, '$&:')
const keyFileOf = (kdf: string) => join(import.meta.dirname, 'testing/key-files', `${kdf}.json`)
const run = (computer: CommandLine, environment: NodeJS.ProcessEnv, ...words: string[]) =>
  computer.startWith({ environment }, ...words).ended

test.each(['scrypt', 'pbkdf2', 'none'])('a key file of the original is taken in: %s', async (kdf) => {
  const desk = new CommandLine(join(folder, kdf))
  if (kdf !== 'none') {
    const ran = await run(desk, { PBS_ENCRYPTION_PASSWORD: 'wrong horse' }, 'key', 'import', keyFileOf(kdf))
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain(errorCodes['key/denied'])
  }
  const environment = kdf === 'none' ? {} : { PBS_ENCRYPTION_PASSWORD: passphrase }
  const imported = await run(desk, environment, '--json', 'key', 'import', keyFileOf(kdf), '--name', 'Old')
  expect(encryptionKey.parse(JSON.parse(imported.stdout))).toMatchObject({
    name: 'Old',
    fingerprint,
    hasPassphrase: kdf !== 'none',
  })
  // The same key again, from whichever file, is the one that is there.
  await desk.good('key', 'import', keyFileOf('none'), '--name', 'Again')
  expect((await desk.json('key', 'info')).documents).toHaveLength(1)
})

test('a passphrase is changed and taken away; the files of before go on with theirs', async () => {
  const desk = new CommandLine(join(folder, 'change'))
  await run(desk, { PBS_ENCRYPTION_PASSWORD: passphrase }, 'key', 'import', keyFileOf('pbkdf2'), '--name', 'Old')
  const none = await desk.run('key', 'change-passphrase', 'Old')
  expect(none.code).toBe(1)
  expect(none.stderr).toContain('PBS_NEW_ENCRYPTION_PASSWORD')

  const changed = await run(desk, { PBS_NEW_ENCRYPTION_PASSWORD: 'battery staple' }, 'key', 'change-passphrase', 'Old')
  expect(changed.stdout).toContain('holdfast key paper Old')
  const fileNow = async () => {
    const { keyFile } = JSON.parse((await desk.good('--json', 'key', 'paper', 'Old')).stdout)
    return parseKeyFile(keyFile)
  }
  const file = await fileNow()
  expect(file).toMatchObject({ kdf: { Scrypt: {} }, created: '2024-06-05T10:00:00+02:00' })
  expect((await openKeyFile(file, 'battery staple')).fingerprint).toBe(fingerprint)
  await expect(openKeyFile(file, passphrase)).rejects.toMatchObject({ code: 'key/denied' })

  await desk.good('key', 'change-passphrase', 'Old', '--none')
  expect((await openKeyFile(await fileNow())).fingerprint).toBe(fingerprint)
  expect((await desk.json('key', 'info')).documents).toMatchObject([{ name: 'Old', hasPassphrase: false }])
})

test.runIf(hasScanner)('what a scanner reads from the recovery sheet is a key file', async () => {
  const desk = new CommandLine(join(folder, 'paper'))
  await desk.good('key', 'import', keyFileOf('none'), '--name', 'Old')
  const [scanned = ''] = scanQrCodes((await desk.good('key', 'paper', 'Old')).stdout)
  expect((await openKeyFile(parseKeyFile(scanned))).fingerprint).toBe(fingerprint)
})

test('a master key: made, given to a repository, and all that is needed when the key is lost', async () => {
  const desk = new CommandLine(join(folder, 'desk'))
  const source = join(folder, 'source')
  const store = join(folder, 'store')
  const vault = join(folder, 'vault')
  for (const made of [source, vault]) mkdirSync(made)
  writeFileSync(join(source, 'letter.txt'), 'for nobody else')
  const master = { HOLDFAST_MASTER_PASSWORD: 'the master' }

  await desk.good('init', store, '--name', 'Disk')
  expect((await desk.run('key', 'master', 'create', vault)).stderr).toContain('HOLDFAST_MASTER_PASSWORD')
  const created = await run(desk, master, 'key', 'master', 'create', vault)
  expect(readdirSync(vault)).toEqual(['master-private.pem', 'master-public.pem'])
  expect(statSync(join(vault, 'master-private.pem')).mode & 0o777).toBe(0o600)
  await desk.good('key', 'master', 'import', join(vault, 'master-public.pem'), '-r', 'Disk')
  const shown = await desk.good('key', 'master', 'show', '-r', 'Disk')
  expect(shown.stdout).toContain(created.stdout.split('\n')[0])
  await desk.job('backup', source, '-r', 'Disk', '--id', 'desk', '--key', keyFileOf('none'))
  const [time = ''] = readdirSync(join(store, 'host/desk')).filter((name) => name !== 'owner')

  // OpenSSL, as the original uses it, opens it with nothing but the private key.
  const blob = readFileSync(join(store, 'host/desk', time, 'rsa-encrypted.key.blob'))
  const words = ['pkeyutl', '-decrypt', '-inkey', join(vault, 'master-private.pem'), '-passin', 'pass:the master']
  const text = execFileSync('openssl', [...words, '-pkeyopt', 'rsa_padding_mode:pkcs1'], { input: blob.subarray(12) })
  expect((await openKeyFile(parseKeyFile(text.toString()))).fingerprint).toBe(fingerprint)

  // Another computer, to which the key is lost.
  const other = new CommandLine(join(folder, 'other'))
  await other.good('init', store, '--name', 'Disk')
  const lost = await other.run('restore', 'latest', '--target', join(folder, 'back'))
  expect(lost.stderr + lost.stdout).toContain(errorCodes['key/missing'])
  const recover = (environment: NodeJS.ProcessEnv) =>
    run(other, environment, 'key', 'master', 'recover', join(vault, 'master-private.pem'), '-r', 'Disk')
  expect((await recover({})).stderr).toContain(errorCodes['key/denied'])
  expect((await recover(master)).stdout).toContain(`Key Disk, fingerprint ${fingerprint}, is back.`)
  await other.good('restore', 'latest', '--target', join(folder, 'back'))
  expect(readFileSync(join(folder, 'back/source/letter.txt'), 'utf8')).toBe('for nobody else')

  // Signed only: the data lies open, the key is needed to say that nothing was changed.
  const signing = ['--id', 'signed', '--key', keyFileOf('none'), '--crypt-mode', 'sign-only']
  expect((await desk.job('backup', source, '-r', 'Disk', ...signing)).code).toBe(0)
  const refused = await desk.run('backup', source, '-r', 'Disk', '--crypt-mode', 'sign-only')
  expect(refused.stderr).toContain('sign-only needs a key.')

  await desk.good('key', 'master', 'remove', '-r', 'Disk')
  expect((await desk.run('key', 'master', 'show', '-r', 'Disk')).stderr).toContain('The repository has no master key.')
})

test.runIf(hasScanner)('the private master key goes onto paper in parts that a scanner reads back', async () => {
  const desk = new CommandLine(join(folder, 'master paper'))
  const { privateKey: pem, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'the master' },
  })
  const [privateFile, publicFile] = [join(folder, 'private.pem'), join(folder, 'public.pem')]
  writeFileSync(privateFile, pem)
  writeFileSync(publicFile, publicKey)
  const { stdout } = await desk.good('key', 'master', 'paper', privateFile)
  const parts = scanQrCodes(stdout)
  expect(parts.length).toBeGreaterThan(5)
  expect(parts.map((part) => part.split('\n').length).slice(0, -1)).toEqual(Array(parts.length - 1).fill(5))
  expect(`${parts.join('\n')}\n`).toBe(pem)
  expect(stdout.split('\f')).toHaveLength(parts.length)
  const numbered = [...stdout.matchAll(/^\f?\d\d: (.*)$/gm)].map(([, line]) => line)
  expect(`${numbered.join('\n')}\n`).toBe(pem)
  // Who reads the first line only has had enough: that is no failure.
  const words = ['"$0" "$1" key master paper "$2" | head -n 1; exit $PIPESTATUS', process.execPath]
  const main = join(import.meta.dirname, 'main.ts')
  const cut = spawnSync('bash', ['-c', ...words, main, privateFile], {
    env: { ...process.env, HOLDFAST_DATA: desk.dataDirectory },
    encoding: 'utf8',
  })
  expect([cut.status, cut.stdout, cut.stderr]).toEqual([0, '00: -----BEGIN ENCRYPTED PRIVATE KEY-----\n', ''])

  const refused = await desk.run('key', 'master', 'paper', publicFile)
  expect(refused.stderr).toContain('This is no private key in PEM.')
})
