import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { randomChunks } from '../../../storage/datastore/testing/sample-store.ts'
import type { GroupKeeping } from '../../repository.ts'
import type { BucketStore } from '../bucket-store.ts'
import { describeWithCeph } from '../testing/ceph-programs.fixture.ts'
import { type Gateway, startGateway } from '../testing/gateway.fixture.ts'
import { forgetSnapshot } from './forget-snapshot.ts'
import { createGroupKeeping } from './group-keeping.ts'
import { namesIn, openSampleStore, sampleGroup, signal, writeSample } from './sample-bucket.fixture.ts'

const first = { ...sampleGroup, time: 1000 }

describeWithCeph('groups and namespaces of a bucket', () => {
  let gateway: Gateway
  let store: BucketStore
  let keeping: GroupKeeping
  beforeAll(async () => {
    gateway = await startGateway()
  })
  afterAll(() => gateway.close())
  beforeEach(async () => {
    store = await openSampleStore(gateway)
    keeping = createGroupKeeping(store)
  })

  test('groups are listed with owner and note, which can be changed', async () => {
    await keeping.createNamespace('team')
    for (const namespace of ['', 'team']) await writeSample(store, { ...first, namespace }, randomChunks(1))
    expect(await Array.fromAsync(keeping.list(signal))).toEqual([
      { ...sampleGroup, owner: 'root@pam', notes: '' },
      { ...sampleGroup, namespace: 'team', owner: 'root@pam', notes: '' },
    ])
    await keeping.setNotes(sampleGroup, 'first line\nsecond line')
    await keeping.setOwner({ ...sampleGroup, namespace: 'team' }, 'anna@pbs')
    await writeSample(store, { ...first, namespace: 'team', time: 2000 }, randomChunks(1))
    expect(await Array.fromAsync(keeping.list(signal))).toMatchObject([
      { notes: 'first line\nsecond line' },
      { owner: 'anna@pbs' },
    ])
    await forgetSnapshot(store, first, signal)
    expect(await Array.fromAsync(keeping.list(signal))).toMatchObject([{ namespace: 'team' }])
  })

  test('what is no owner, no note or no group is refused and changes nothing', async () => {
    await writeSample(store, first, randomChunks(1))
    const before = await namesIn(store)
    const nobody = { ...sampleGroup, backupId: 'nobody' }
    await expect(keeping.setOwner(nobody, 'anna@pbs')).rejects.toMatchObject({ code: 'path/not-found' })
    await expect(keeping.setNotes(nobody, 'x')).rejects.toMatchObject({ code: 'path/not-found' })
    await expect(keeping.setOwner(sampleGroup, 'two words')).rejects.toMatchObject({ code: 'input/invalid' })
    await expect(keeping.setNotes(sampleGroup, 'x'.repeat(70_000))).rejects.toMatchObject({ code: 'input/invalid' })
    expect(await namesIn(store)).toEqual(before)
  })

  test('namespaces are made one below the other, stay while they are empty, and go when told to', async () => {
    await expect(keeping.createNamespace('a/b')).rejects.toMatchObject({ code: 'path/not-found' })
    for (const namespace of ['a', 'a/b', 'a/b']) await keeping.createNamespace(namespace)
    expect(await keeping.namespaces(signal)).toEqual(['', 'a', 'a/b'])
    const ref = { ...first, namespace: 'a/b' }
    await writeSample(store, ref, randomChunks(1))
    for (const namespace of ['a/b', 'a']) {
      await expect(keeping.removeNamespace(namespace)).rejects.toMatchObject({ code: 'path/not-empty' })
    }
    await forgetSnapshot(store, ref, signal)
    expect(await keeping.namespaces(signal)).toEqual(['', 'a', 'a/b'])
    for (const namespace of ['a/b', 'a']) await keeping.removeNamespace(namespace)
    expect(await keeping.namespaces(signal)).toEqual([''])
    await expect(keeping.removeNamespace('a')).rejects.toMatchObject({ code: 'path/not-found' })
    for (const nothing of ['', '../a']) {
      await expect(keeping.createNamespace(nothing)).rejects.toMatchObject({ code: 'input/invalid' })
      await expect(keeping.removeNamespace(nothing)).rejects.toMatchObject({ code: 'input/invalid' })
    }
  })

  test('folders that another program copied in count as namespaces too', async () => {
    await writeSample(store, first, randomChunks(1))
    for (const name of await namesIn(store, 'host/')) await store.bucket.copy(name, `ns/copied/${name}`, signal)
    expect(await keeping.namespaces(signal)).toEqual(['', 'copied'])
    await keeping.createNamespace('copied/below')
    expect(await keeping.namespaces(signal)).toEqual(['', 'copied', 'copied/below'])
  })
})
