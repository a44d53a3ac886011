import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt'
import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { Operation_PhysicalState as State, Target_MachineSchema, TargetSchema } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { isNotFound, refuses, startWithRecords as start } from '../testing/records.fixture.ts'
import { methods } from '../testing/server.fixture.ts'

describe('target', () => {
  test('TGT-01 TGT-02 TGT-07 TGT-23 set, get, find by name, list, delete', async () => {
    const { peer, target, getTarget, projectRef } = await start()
    const made = await target({ name: 't', project: projectRef })
    expect(made).toMatchObject({
      name: 't',
      project: { ...projectRef, name: 'p' },
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(await getTarget(made?.resourceId ?? '')).toEqual(made)
    expect((await peer.call(methods.findTarget, { target: { name: 't', project: projectRef } })).target).toEqual(made)
    expect((await peer.call(methods.listTargets, {})).targets).toMatchObject([{ name: 't' }])
    for (let i = 0; i < 2; i++)
      await peer.call(methods.deleteTarget, { target: { resourceId: made?.resourceId ?? '' } })
    expect((await peer.call(methods.listTargets, {})).targets).toEqual([])
    await isNotFound(getTarget(made?.resourceId ?? ''))
  })

  test('TGT-03 TGT-21 without a project: not include parent; the outer project is used', async () => {
    const { peer, target, getTarget, projectRef } = await start()
    const error = await failureOf(target({ name: 't' }))
    expect([error.code, error.details]).toEqual([
      status.FAILED_PRECONDITION,
      expect.stringContaining('not include parent'),
    ])
    const { target: made } = await peer.call(methods.upsertTarget, {
      project: projectRef,
      target: { name: 't', state: State.NOT_CREATED },
    })
    expect(made?.state).toBe(State.NOT_CREATED)
    expect((await target({ resourceId: made?.resourceId ?? '', state: State.UNKNOWN }))?.state).toBe(State.UNKNOWN)
    await isNotFound(getTarget('unknown'))
  })

  test('TGT-04 TGT-05 TGT-06 TGT-15 name and project are required', async () => {
    const { store, target, projectRef } = await start()
    const make = (init: MessageInitShape<typeof TargetSchema>) => () => store.targets.create(create(TargetSchema, init))
    expect(make({})).toThrow('Name: cannot be blank; Project: cannot be blank')
    expect(make({ name: 't' })).toThrow('Project: cannot be blank')
    await refuses(target({ project: projectRef }), 'Name')
  })

  test('TGT-08 to TGT-12 TGT-16 ids are kept and stay; names within a project and uuids are unique', async () => {
    const { target, project, basisRef, projectRef, store } = await start()
    const other = { resourceId: (await project({ name: 'o', path: '/o', basis: basisRef }))?.resourceId ?? '' }
    const made = await target({ resourceId: 'given', name: 't', project: projectRef, uuid: 'u1' })
    expect(made?.resourceId).toBe('given')
    await target({ name: 't', project: other })
    await target({ resourceId: 'second', name: 's', project: projectRef })
    await refuses(target({ resourceId: 'second', name: 't' }), 'Name')
    await refuses(target({ name: 'u', project: projectRef, uuid: 'u1' }), 'Uuid')
    await refuses(target({ resourceId: 'changed', name: 't', project: projectRef }), 'ResourceId')
    if (made !== undefined) {
      expect(() => store.targets.create(made)).toThrow('ResourceId: must be unique')
      expect(() => store.targets.create({ ...made, resourceId: '', uuid: '' })).toThrow('Name: must be unique')
    }
  })

  test('TGT-13 a packed record reads back', async () => {
    const { target, getTarget, projectRef } = await start()
    const record = anyPack(Target_MachineSchema, create(Target_MachineSchema, { id: 'machine' }))
    const made = await target({ name: 't', project: projectRef, record })
    const stored = await getTarget(made?.resourceId ?? '')
    expect(stored?.record?.typeUrl).toBe('type.googleapis.com/hashicorp.vagrant.Target.Machine')
    expect(stored?.record && anyUnpack(stored.record, Target_MachineSchema)?.id).toBe('machine')
  })

  test('TGT-14 TGT-18 TGT-20 subtargets are made, added, listed, and deleted with their parent', async () => {
    const { peer, target, getTarget, projectRef } = await start()
    const parent = (await target({ name: 'parent', project: projectRef }))?.resourceId ?? ''
    for (const name of ['a', 'b', 'c']) await target({ name, project: projectRef, parent: { resourceId: parent } })
    await target({ name: 'd', project: projectRef })
    const stored = await target({ resourceId: parent, subtargets: [{ name: 'd' }] })
    expect(stored?.subtargets.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
    expect((await getTarget(stored?.subtargets[3]?.resourceId ?? ''))?.parent).toMatchObject({ resourceId: parent })
    await peer.call(methods.deleteTarget, { target: { resourceId: parent } })
    expect((await peer.call(methods.listTargets, {})).targets).toEqual([])
  })

  test('TGT-19 a subtarget of another project, a missing one, or a cycle is refused, and nothing is stored', async () => {
    const { target, project, getTarget, basisRef, projectRef } = await start()
    const other = { resourceId: (await project({ name: 'o', path: '/o', basis: basisRef }))?.resourceId ?? '' }
    const stranger = (await target({ name: 's', project: other }))?.resourceId ?? ''
    const top = (await target({ name: 'top', project: projectRef }))?.resourceId ?? ''
    const below = (await target({ name: 'below', project: projectRef, parent: { resourceId: top } }))?.resourceId ?? ''
    expect(
      (await failureOf(target({ resourceId: top, name: 'x', subtargets: [{ resourceId: stranger }] }))).details,
    ).toContain('project must match parent project')
    await refuses(target({ resourceId: top, name: 'x', parent: { resourceId: below } }), 'Parent')
    await refuses(target({ resourceId: top, name: 'x', parent: { resourceId: top } }), 'Parent')
    await refuses(target({ resourceId: top, name: 'x', subtargets: [{ resourceId: 'missing' }] }), 'Subtargets')
    expect((await getTarget(top))?.name).toBe('top')
  })

  test('TGT-17 TGT-22 ROW-13 repeats leave one record; configuration is replaced whole; state is always set', async () => {
    const { peer, target, projectRef } = await start()
    const entry = (value: number) => ({
      key: { typeUrl: 'k', value: Buffer.of(value) },
      value: { typeUrl: 'v', value: Buffer.of(value) },
    })
    const first = await target({
      name: 't',
      project: projectRef,
      state: State.NOT_CREATED,
      configuration: { data: { entries: [entry(1)] } },
    })
    const byId = await target({ resourceId: first?.resourceId ?? '', configuration: { data: { entries: [entry(2)] } } })
    const byName = await target({ name: 't', project: projectRef, configuration: { data: { entries: [entry(3)] } } })
    expect([byId?.resourceId, byName?.resourceId]).toEqual([first?.resourceId, first?.resourceId])
    expect(byName?.configuration?.data?.entries.map(({ value }) => value?.value[0])).toEqual([3])
    expect([first?.state, byId?.state]).toEqual([State.NOT_CREATED, State.UNKNOWN])
    expect((await peer.call(methods.listTargets, {})).targets).toHaveLength(1)
  })

  test('TGT-24 NEW-20 ROW-15 find: by id, by name and project, by part of a uuid, where % is only a per cent sign', async () => {
    const { peer, target, projectRef } = await start()
    const find = async (wanted: MessageInitShape<typeof TargetSchema>) =>
      (await peer.call(methods.findTarget, { target: wanted })).target?.name
    const made = await target({ name: 't', project: projectRef, uuid: 'abc-123' })
    await target({ name: 'per cent', project: projectRef, uuid: 'x%y' })
    expect(await find({ resourceId: made?.resourceId ?? '' })).toBe('t')
    expect(await find({ name: 't', project: projectRef })).toBe('t')
    expect(await find({ uuid: 'c-1' })).toBe('t')
    expect(await find({ uuid: '%' })).toBe('per cent')
    expect(await find({ uuid: 'c-1', project: projectRef })).toBe('t')
    await isNotFound(find({ uuid: 'a%3' }))
    await isNotFound(find({ name: 't', project: { resourceId: 'unknown' } }))
    await isNotFound(find({ project: projectRef }))
    expect((await failureOf(find({ name: 't' }))).code).toBe(status.FAILED_PRECONDITION)
  })
})

describe('box', () => {
  const box = (name: string, version: string, provider = 'p') => ({
    name,
    version,
    provider,
    directory: `/${name}/${version}/${provider}`,
  })

  test('BOX-01 BOX-02 BOX-03 BOX-15 BOX-17 BOX-18 round trip, find, list, delete', async () => {
    const { peer, box: upsert } = await start()
    const made = await upsert({ resourceId: 'given', ...box('n', '1.0') })
    expect(made?.lastUpdate).toBeDefined()
    expect((await peer.call(methods.getBox, { box: { resourceId: 'given' } })).box).toEqual(made)
    await upsert(box('m', '1.0'))
    expect((await peer.call(methods.listBoxes, {})).boxes).toMatchObject([
      { name: 'n', version: '1.0', provider: 'p' },
      { name: 'm' },
    ])
    for (let i = 0; i < 2; i++) await peer.call(methods.deleteBox, { box: { resourceId: 'given' } })
    expect((await peer.call(methods.findBox, { box: { name: 'n' } })).box).toBeUndefined()
    await isNotFound(peer.call(methods.getBox, { box: { resourceId: 'given' } }))
  })

  test('BOX-04 to BOX-07 directory, name and provider are required', async () => {
    const { box: upsert } = await start()
    await refuses(upsert({}), 'Directory', 'Name', 'Provider')
    await refuses(upsert({ ...box('n', '1'), directory: '' }), 'Directory')
    await refuses(upsert({ ...box('n', '1'), name: '' }), 'Name')
    await refuses(upsert({ ...box('n', '1'), provider: '' }), 'Provider')
  })

  test('BOX-08 to BOX-14 BOX-16 ids, default versions, bad versions, duplicates', async () => {
    const { peer, box: upsert } = await start()
    const plain = await upsert(box('n', ''))
    expect(plain).toMatchObject({ version: '0.0.0', resourceId: expect.stringMatching(/^[0-9A-Z]{26}$/) })
    expect((await upsert(box('zero', '0')))?.version).toBe('0.0.0')
    for (const version of ['0.a', 'string', 'a0.1.2']) await refuses(upsert(box('bad', version)), 'Version')
    await refuses(upsert({ ...box('n', ''), directory: '/elsewhere' }), 'Name', 'Provider', 'Version')
    await refuses(upsert({ ...box('k', '1'), directory: plain?.directory ?? '' }), 'Directory')
    await upsert(box('n', '2.0'))
    await upsert(box('n', '2.0', 'q'))
    const full = await peer.call(methods.findBox, { box: { name: 'n', version: '2.0', provider: 'q' } })
    expect(full.box?.provider).toBe('q')
  })

  test('BOX-19 ROW-14 find chooses as the table says', async () => {
    const { peer, box: upsert } = await start()
    for (const made of [box('n', '1.2.3'), box('n', '1.2.4'), box('b', '0')]) await upsert(made)
    const find = async (name: string, version = '', provider = '') =>
      (await peer.call(methods.findBox, { box: { name, version, provider } })).box?.version
    expect(await find('n', '', 'p')).toBe('1.2.4')
    expect(await find('n', '1.2.3', 'p')).toBe('1.2.3')
    expect(await find('n', '1.2.3', 'unknown')).toBeUndefined()
    expect(await find('n', '9.9.9', 'p')).toBeUndefined()
    expect(await find('unknown')).toBeUndefined()
    expect(await find('n', '< 1.0')).toBeUndefined()
    expect(await find('n', '~> 1.2')).toBe('1.2.4')
    expect(await find('n', '> 1.0, < 3.0')).toBe('1.2.4')
    expect(await find('b', '0', 'p')).toBe('0.0.0')
    expect(await find('b')).toBe('0.0.0')
    expect((await failureOf(find(''))).code).toBe(status.FAILED_PRECONDITION)
    expect((await failureOf(find('n', '>> 1'))).code).toBe(status.INVALID_ARGUMENT)
    await isNotFound(peer.call(methods.findBox, { box: { resourceId: 'unknown' } }))
  })
})
