import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type TestApp, testApp, writeTree } from './testing/test-app.ts'

/** Small enough that nobody waits for primes, and of one length, so that only the content can tell them apart. */
const pair = (passphrase?: string) =>
  generateKeyPairSync('rsa', {
    modulusLength: 3072,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: {
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    },
  })
const passphrase = 'the master'
const [master, other] = [pair(passphrase), pair()]

async function backUp(t: TestApp, keyId: Awaited<ReturnType<TestApp['client']['keys']['create']>>['id'], name: string) {
  const plan = await t.plan({
    name,
    backupId: name,
    options: { mode: 'metadata', compress: true, cryptMode: 'encrypt', keyId, verifyAfter: true },
  })
  const [job] = await t.client.plans.run({ id: plan.id })
  if (job === undefined) throw new Error('no job')
  await t.done(job)
}

it('keys that are lost come back with the private master key, and what was made with them can be browsed', async () => {
  const t = await testApp()
  writeTree(t.source, { 'secret.txt': 'for nobody else' })
  const repository = await t.client.repositories.ensureDefault()
  const first = await t.client.keys.create({ name: 'First', passphrase: 'correct horse' })
  const second = await t.client.keys.create({ name: 'Second' })

  for (const text of [master.privateKey, other.privateKey, 'no key']) {
    const refused = t.client.masterKeys.use({ repositoryId: repository.id, text })
    await expect(refused).rejects.toMatchObject({ code: 'key/invalid' })
  }
  const facts = await t.client.masterKeys.inspect({ text: master.publicKey })
  const used = await t.client.masterKeys.use({ repositoryId: repository.id, text: master.publicKey })
  expect(used.masterKey).toEqual(facts)
  await backUp(t, first.id, 'one')
  await backUp(t, second.id, 'two')
  // For another master key from here on: the first opens the older snapshots of this key, the other the newer.
  await t.client.masterKeys.use({ repositoryId: repository.id, text: other.publicKey })
  await backUp(t, second.id, 'two-again')
  const without = await t.client.masterKeys.use({ repositoryId: repository.id })
  expect(without).not.toHaveProperty('masterKey')
  const snapshots = await t.client.snapshots.list({})
  for (const { archives } of snapshots)
    expect(archives.map(({ filename }) => filename)).toContain('rsa-encrypted.key.blob')
  await t.app.close()

  const elsewhere = await testApp({ folder: join(t.folder, 'other computer'), keepRepository: true })
  const adopted = await elsewhere.client.repositories.add({ address: repository.address, name: 'Disk', create: false })
  const [index] = await elsewhere.client.jobs.list({ kinds: ['index'], repositoryId: adopted.id })
  if (index === undefined) throw new Error('no index job')
  await elsewhere.done(index)
  const recover = (privateKey: string, words?: string) =>
    elsewhere.client.masterKeys.recover({
      repositoryId: adopted.id,
      privateKey,
      ...(words ? { passphrase: words } : {}),
    })
  await expect(recover(master.privateKey)).rejects.toMatchObject({ code: 'key/denied' })
  await expect(recover(master.privateKey, 'The Master')).rejects.toMatchObject({ code: 'key/denied' })
  await expect(recover('no key')).rejects.toMatchObject({ code: 'key/invalid' })
  await expect(recover(pair().privateKey)).rejects.toMatchObject({ code: 'key/wrong' })
  expect(await elsewhere.client.keys.list()).toEqual([])

  const recovered = await recover(master.privateKey, passphrase)
  expect(recovered.map(({ fingerprint }) => fingerprint).sort()).toEqual([first.fingerprint, second.fingerprint].sort())
  expect(recovered.map(({ name }) => name)).toEqual(['Disk', 'Disk 2'])
  expect(await recover(master.privateKey, passphrase)).toEqual([])
  for (const { id } of await elsewhere.client.snapshots.list({})) {
    const read = await elsewhere.client.snapshots.text({ id, path: 'Documents/secret.txt' })
    expect(read).toMatchObject({ text: 'for nobody else' })
  }
  // Deeds are written down, the private key is not.
  const log = JSON.stringify(await elsewhere.client.audit.list({}))
  expect(log).toContain('masterKeys.recover')
  expect(log).not.toContain('PRIVATE KEY')
  expect(log).not.toContain(passphrase)
})

it('a repository whose snapshots have no key for a master key says so', async () => {
  const t = await testApp()
  writeTree(t.source, { 'a.txt': 'a' })
  const key = await t.client.keys.create({ name: 'Mine' })
  await backUp(t, key.id, 'one')
  const { id } = await t.client.repositories.ensureDefault()
  const asked = t.client.masterKeys.recover({ repositoryId: id, privateKey: other.privateKey })
  await expect(asked).rejects.toMatchObject({
    code: 'key/missing',
    message: expect.stringContaining('No snapshot here has its key stored for a master key.'),
  })
})

it('a new pair is whole, and nothing of it stays here', async () => {
  const t = await testApp()
  const made = await t.client.masterKeys.create({ passphrase })
  expect(made.bits).toBe(4096)
  expect(made.privateKey).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
  expect(await t.client.masterKeys.inspect({ text: made.publicKey })).toMatchObject({ fingerprint: made.fingerprint })
  expect(await t.client.keys.list()).toEqual([])
})
