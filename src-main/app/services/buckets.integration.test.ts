import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithCeph } from '../../repositories/s3/testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../../repositories/s3/testing/gateway.fixture.ts'
import { testApp, writeTree } from '../testing/test-app.ts'

const options = { keepRepository: true }

describeWithCeph('repositories in buckets', () => {
  let gateway: Gateway
  let secret: string
  beforeAll(async () => {
    gateway = await startGateway()
    secret = gateway.secret
  }, 300_000)
  afterAll(() => gateway.close())

  test('a place in a bucket is judged before anything is written there', async () => {
    const { client } = await testApp(options)
    const address = await gateway.address()
    const look = async (place: string, more: object = {}) => {
      const { state, sentence, capabilities } = await client.repositories.test({ address: place, secret, ...more })
      return [state, sentence, capabilities.length > 0]
    }
    expect(await look(address)).toEqual([
      'empty',
      'Nothing is there yet; a repository can be created in the bucket.',
      true,
    ])
    expect(await look(address, { secret: 'wrong' })).toEqual([
      'denied',
      'The repository refused these credentials. The secret key is not that of this access key.',
      false,
    ])
    expect(await look(address.replace(/@backups-\w+/, '@no-such-bucket'))).toEqual([
      'refused',
      'The server of this repository refused. There is no bucket no-such-bucket.',
      false,
    ])
    const inFolder = address.replace('?', '/desk?')
    await client.repositories.add({ address: inFolder, name: 'Desk', create: true, secret })
    expect(await look(inFolder)).toEqual(['ready', 'There is a repository with 0 snapshots; it can be used.', true])
    // What is in the folder is something else for the whole bucket.
    expect(await look(address)).toEqual([
      'refused',
      'Something else is stored there already. Choose an empty folder in the bucket.',
      false,
    ])
    await expect(client.repositories.add({ address, name: 'All', create: true, secret })).rejects.toMatchObject({
      code: 'path/not-empty',
    })
  })

  test('without a wish to create, nothing is', async () => {
    const { client } = await testApp(options)
    const address = await gateway.address()
    await expect(client.repositories.add({ address, name: 'Desk', create: false, secret })).rejects.toMatchObject({
      code: 'datastore/not-found',
    })
    expect((await client.repositories.test({ address, secret })).state).toBe('empty')
  })

  test('a certificate that nobody vouches for is compared once, and another one stops everything', async () => {
    const { client } = await testApp(options)
    const address = await gateway.address('', gateway.secureEndpoint)
    const first = await client.repositories.test({ address, secret })
    expect(first).toMatchObject({ state: 'untrusted', kind: 's3', fingerprint: gateway.fingerprint })
    expect(first.sentence).toBe('Nobody has confirmed the certificate of this server yet.')
    const { fingerprint } = gateway
    const { id } = await client.repositories.add({ address, name: 'Safe', create: true, secret, fingerprint })
    expect((await client.repositories.get({ id, probe: true })).reachable).toBe(true)
    const other = Array.from({ length: 32 }, () => 'ab').join(':')
    await client.repositories.setCredentials({ id, fingerprint: other })
    const { reachable, error } = await client.repositories.get({ id, probe: true })
    expect([reachable, error?.code]).toEqual([false, 'auth/untrusted'])
    const second = await client.repositories.test({ address })
    expect(second).toMatchObject({ state: 'untrusted', fingerprint: gateway.fingerprint })
    expect(second.sentence).toContain('Somebody may be in between.')
  })

  test('a plan backs up into it; verify, prune, garbage collection and a copy work on it as on a folder', async () => {
    const { client, plan, source, done } = await testApp()
    writeTree(source, { 'letter.txt': 'Dear Maren,\n', 'music/song.bin': Buffer.alloc(300_000, 7) })
    const address = await gateway.address('desk')
    const { id } = await client.repositories.add({ address, name: 'Bucket', create: true, secret })
    const { id: planId } = await plan({
      destinations: [{ repositoryId: id, namespace: '', retention: { last: 5 } }],
    })
    for (const text of ['one', 'two']) {
      writeTree(source, { 'notes.txt': text })
      const [job] = await client.plans.run({ id: planId })
      if (job === undefined) throw new Error('nothing ran')
      const { status } = await done(job)
      expect(status.summary.counts?.failed).toBe(0)
    }
    const { status: verified } = await done(await client.repositories.verify({ id }))
    expect(verified.summary.verify).toMatchObject({ snapshots: 2, corrupt: 0 })
    const retention = { last: 1 }
    expect(await client.repositories.simulatePrune({ repositoryId: id, retention })).toMatchObject({ removed: 1 })
    await done(await client.repositories.prune({ repositoryId: id, retention }))
    await done(await client.repositories.collectGarbage({ id }))
    const [left] = await client.snapshots.list({ repositoryId: id })
    if (left === undefined) throw new Error('one was kept')
    const { entries } = await client.snapshots.browse({ id: left.id, path: '' })
    expect(entries.map(({ name }) => name)).toEqual(['Documents'])
    const state = await client.repositories.get({ id, probe: true })
    expect(state).toMatchObject({ reachable: true, snapshots: 1, groups: 1, repository: { kind: 's3', address } })
    // Nobody says how much more a bucket holds: no figure is made up.
    expect(state.usage).toBeUndefined()
    expect(await client.repositories.removable({ id })).toEqual({})

    const local = await client.repositories.ensureDefault()
    await done(await client.jobs.start({ spec: { kind: 'copy', snapshotId: left.id, repositoryId: local.id } }))
    expect(await client.snapshots.list({ repositoryId: local.id })).toHaveLength(1)
  })

  test('other keys take the place of those that are over, and the place stays the same repository', async () => {
    const { client } = await testApp(options)
    const address = await gateway.address()
    const { id } = await client.repositories.add({ address, name: 'Bucket', create: true, secret })
    const stranger = await gateway.addUser()
    await client.repositories.setCredentials({ id, ...stranger })
    const locked = await client.repositories.get({ id, probe: true })
    expect([locked.reachable, locked.error?.code]).toEqual([false, 'auth/denied'])
    expect(locked.repository.address).toBe(address.replace(gateway.accessKeyId, stranger.accessKeyId))
    await client.repositories.setCredentials({ id, secret, accessKeyId: gateway.accessKeyId })
    const again = await client.repositories.get({ id, probe: true })
    expect([again.reachable, again.repository.address]).toEqual([true, address])
    await expect(client.repositories.setCredentials({ id, accessKeyId: 'not one' })).rejects.toMatchObject({
      code: 'input/invalid',
    })
  })

  test('one bucket is one repository, in whichever way its address is written', async () => {
    const { client } = await testApp(options)
    const address = await gateway.address('desk')
    const added = await client.repositories.add({ address, name: 'Bucket', create: true, secret })
    const other = `${address.replace('/desk?', '/desk/?')}&region=us-east-1&style=path`
    expect((await client.repositories.add({ address: other, name: 'Again', create: true })).id).toBe(added.id)
    // The secret of the repository that is there is used to look at it again.
    expect((await client.repositories.test({ address: other })).state).toBe('ready')
  })

  test('a store that is gone is said to be, and its jobs fail with it', async () => {
    const { client, ended } = await testApp(options)
    const address = await gateway.address()
    const { id } = await client.repositories.add({ address, name: 'Bucket', create: true, secret })
    await gateway.stop()
    try {
      const { state, sentence } = await client.repositories.test({ address })
      expect([state, sentence]).toEqual([
        'unreachable',
        `The repository did not answer. ${gateway.endpoint}: nothing listens there.`,
      ])
      const probed = await client.repositories.get({ id, probe: true })
      expect([probed.reachable, probed.error?.code]).toEqual([false, 'repository/unreachable'])
      const job = await ended(await client.repositories.index({ id }))
      expect(job.status).toMatchObject({ state: 'error', error: { code: 'repository/unreachable' } })
    } finally {
      await gateway.start()
    }
    expect((await client.repositories.get({ id, probe: true })).reachable).toBe(true)
  })
})
