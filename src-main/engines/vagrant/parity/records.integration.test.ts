import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { anyPack, anyUnpack } from '@bufbuild/protobuf/wkt'
import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import {
  type BasisSchema,
  type BoxSchema,
  type ProjectSchema,
  Operation_PhysicalState as State,
  Target_MachineSchema,
  TargetSchema,
} from '../generated/server_pb.js'
import { failureOf, type GrpcJsPeer } from '../testing/grpc-js-peer.fixture.ts'
import { noopJob, queueJob } from '../testing/runner.fixture.ts'
import { methods, startTestServer } from '../testing/server.fixture.ts'

/** Each kind of record as it is written and asked for over the wire. */
function recordsOf(peer: GrpcJsPeer) {
  return {
    basis: async (basis: MessageInitShape<typeof BasisSchema>) =>
      (await peer.call(methods.upsertBasis, { basis })).basis,
    project: async (project: MessageInitShape<typeof ProjectSchema>) =>
      (await peer.call(methods.upsertProject, { project })).project,
    target: async (target: MessageInitShape<typeof TargetSchema>) =>
      (await peer.call(methods.upsertTarget, { target })).target,
    box: async (box: MessageInitShape<typeof BoxSchema>) => (await peer.call(methods.upsertBox, { box })).box,
    getBasis: async (resourceId: string) => (await peer.call(methods.getBasis, { basis: { resourceId } })).basis,
    getProject: async (resourceId: string) =>
      (await peer.call(methods.getProject, { project: { resourceId } })).project,
    getTarget: async (resourceId: string) => (await peer.call(methods.getTarget, { target: { resourceId } })).target,
  }
}

async function start() {
  const server = await startTestServer()
  const peer = server.peer()
  const records = recordsOf(peer)
  const basisId = (await records.basis({ name: 'b', path: '/b' }))?.resourceId ?? ''
  const basis = { resourceId: basisId }
  const projectId = (await records.project({ name: 'p', path: '/p', basis }))?.resourceId ?? ''
  return { server, peer, ...records, basisRef: basis, projectRef: { resourceId: projectId }, store: server.state.store }
}

/** FAILED_PRECONDITION naming these fields and no other. */
async function refuses(work: Promise<unknown>, ...fields: string[]): Promise<void> {
  const error = await failureOf(work)
  expect([error.code, ...(error.details.match(/\w+(?=: )/g) ?? []).toSorted()]).toEqual([
    status.FAILED_PRECONDITION,
    ...fields.toSorted(),
  ])
}

async function isNotFound(work: Promise<unknown>): Promise<void> {
  const error = await failureOf(work)
  expect([error.code, error.details]).toEqual([status.NOT_FOUND, expect.stringContaining('not found')])
}

describe('basis', () => {
  test('BAS-01 BAS-02 BAS-07 BAS-23 BAS-25 BAS-26 BAS-28 set, get, find by id, name and path, list', async () => {
    const { peer, basis, getBasis } = await start()
    const made = await basis({ name: 'x', path: '/x' })
    expect(made?.resourceId).toMatch(/^[0-9A-Z]{26}$/)
    expect(await getBasis(made?.resourceId ?? '')).toEqual(made)
    for (const wanted of [
      { resourceId: made?.resourceId ?? '' },
      { name: 'x' },
      { path: '/x' },
      { name: 'x', path: '/x' },
    ]) {
      expect((await peer.call(methods.findBasis, { basis: wanted })).basis).toEqual(made)
    }
    await isNotFound(peer.call(methods.findBasis, { basis: { name: 'x', path: '/other' } }))
    await isNotFound(peer.call(methods.findBasis, { basis: {} }))
    expect((await peer.call(methods.listBasis, {})).basis).toMatchObject([
      { name: 'b', path: '/b' },
      { name: 'x', path: '/x' },
    ])
  })

  test('BAS-03 BAS-22 an unknown or empty id is NOT_FOUND', async () => {
    const { getBasis } = await start()
    await isNotFound(getBasis('unknown'))
    await isNotFound(getBasis(''))
  })

  test('BAS-04 BAS-05 BAS-06 name and path are required', async () => {
    const { basis } = await start()
    await refuses(basis({}), 'Name', 'Path')
    await refuses(basis({ path: '/x' }), 'Name')
    await refuses(basis({ name: 'x' }), 'Path')
  })

  test('BAS-08 BAS-09 BAS-10 BAS-11 BAS-24 a given id is kept; name, path and id are unique', async () => {
    const { basis, store } = await start()
    const made = await basis({ resourceId: 'given', name: 'x', path: '/x' })
    expect(made?.resourceId).toBe('given')
    await refuses(basis({ name: 'x', path: '/y' }), 'Name')
    await refuses(basis({ name: 'y', path: '/x' }), 'Path')
    await refuses(basis({ name: 'x', path: '/x' }), 'Name', 'Path')
    expect(made).toBeDefined()
    if (made !== undefined)
      expect(() => store.basis.create({ ...made, name: 'z', path: '/z' })).toThrow('ResourceId: must be unique')
  })

  test('BAS-12 BAS-17 BAS-18 a Vagrantfile is stored, added, replaced in place', async () => {
    const { basis, getBasis } = await start()
    const withFile = await basis({ name: 'x', path: '/x', configuration: { raw: Buffer.from('one') } })
    const id = withFile?.resourceId ?? ''
    expect(Buffer.from((await getBasis(id))?.configuration?.raw ?? []).toString()).toBe('one')
    await basis({ resourceId: id, configuration: { raw: Buffer.from('two') } })
    await basis({ resourceId: id, configuration: { path: { path: '/V' } } })
    const stored = await getBasis(id)
    expect([Buffer.from(stored?.configuration?.raw ?? []).toString(), stored?.configuration?.path?.path]).toEqual([
      'two',
      '/V',
    ])
    // Absent leaves it alone.
    expect((await basis({ resourceId: id, name: 'renamed' }))?.configuration?.path?.path).toBe('/V')
  })

  test('BAS-13 BAS-14 BAS-15 an update cannot blank a field: it merges; a taken name is refused', async () => {
    const { basis, basisRef } = await start()
    await basis({ name: 'x', path: '/x' })
    expect(await basis({ ...basisRef, name: '', path: '' })).toMatchObject({ name: 'b', path: '/b' })
    await refuses(basis({ ...basisRef, name: 'x' }), 'Name')
    await refuses(basis({ ...basisRef, path: '/x' }), 'Path')
    expect(await basis({ ...basisRef, metadata: { metadata: { a: '1' } } })).toMatchObject({ name: 'b' })
  })

  test('BAS-16 another id cannot be given to a stored basis', async () => {
    const { basis, getBasis, basisRef } = await start()
    await refuses(basis({ resourceId: 'other', name: 'b', path: '/b' }), 'Name', 'Path')
    expect((await getBasis(basisRef.resourceId))?.name).toBe('b')
  })

  test('BAS-19 BAS-20 BAS-21 BAS-27 ROW-12 a deletion takes Vagrantfile, projects, targets and jobs along; targets keep their jobs', async () => {
    const { server, peer, store, basis, target, basisRef, projectRef, getBasis } = await start()
    await basis({ ...basisRef, configuration: { raw: Buffer.from('x') } })
    const made = await target({ name: 't', project: projectRef })
    const ofTarget = await queueJob(peer, {
      ...noopJob,
      scope: { case: 'target', value: { resourceId: made?.resourceId ?? '' } },
    })
    const ofProject = await queueJob(peer, { ...noopJob, scope: { case: 'project', value: projectRef } })
    store.basis.delete('unknown')
    store.basis.delete(basisRef.resourceId)
    await isNotFound(getBasis(basisRef.resourceId))
    expect((await peer.call(methods.listProjects, {})).projects).toEqual([])
    expect((await peer.call(methods.listTargets, {})).targets).toEqual([])
    expect(server.state.queue.get(ofProject)).toBeUndefined()
    expect((await peer.call(methods.getJob, { jobId: ofTarget })).scope).toMatchObject({
      case: 'target',
      value: { resourceId: made?.resourceId },
    })
    // Final: the names are free again.
    expect((await basis({ name: 'b', path: '/b' }))?.configuration).toBeUndefined()
  })
})

describe('project', () => {
  test('PRJ-01 PRJ-02 PRJ-09 PRJ-28 round trip under a basis, find by name, list', async () => {
    const { peer, project, getProject, basisRef } = await start()
    const made = await project({ name: 'x', path: '/x', basis: basisRef })
    expect(made?.basis).toMatchObject({ ...basisRef, name: 'b', path: '/b' })
    expect(await getProject(made?.resourceId ?? '')).toEqual(made)
    expect((await peer.call(methods.findProject, { project: { name: 'x', basis: basisRef } })).project).toEqual(made)
    // An id alone is enough.
    expect((await peer.call(methods.findProject, { project: { resourceId: made?.resourceId ?? '' } })).project).toEqual(
      made,
    )
    expect((await failureOf(peer.call(methods.findProject, { project: { name: 'x' } }))).details).toContain(
      'not include parent',
    )
    await isNotFound(peer.call(methods.findProject, { project: { name: 'x', basis: { resourceId: 'other' } } }))
    expect((await peer.call(methods.listProjects, {})).projects).toMatchObject([
      { name: 'p', basis: basisRef },
      { name: 'x' },
    ])
    expect((await peer.call(methods.getBasis, { basis: basisRef })).basis?.projects).toMatchObject([
      { name: 'p' },
      { name: 'x' },
    ])
  })

  test('PRJ-03 PRJ-05 PRJ-06 PRJ-07 PRJ-08 name, path and basis are required', async () => {
    const { project, basisRef } = await start()
    await refuses(project({}), 'Basis', 'Name', 'Path')
    await refuses(project({ path: '/x', basis: basisRef }), 'Name')
    await refuses(project({ name: 'x', basis: basisRef }), 'Path')
    const error = await failureOf(project({ name: 'x', path: '/x' }))
    expect(error.details).toContain('Basis: cannot be blank')
    await isNotFound(project({ name: 'x', path: '/x', basis: { resourceId: 'unknown' } }))
  })

  test('PRJ-04 PRJ-27 an unknown project is NOT_FOUND', async () => {
    const { getProject } = await start()
    await isNotFound(getProject('unknown'))
  })

  test('PRJ-10 to PRJ-15 ids are kept; name and path are unique within a basis, not beyond', async () => {
    const { project, basis, basisRef, store } = await start()
    const other = { resourceId: (await basis({ name: 'o', path: '/o' }))?.resourceId ?? '' }
    const made = await project({ resourceId: 'given', name: 'x', path: '/x', basis: basisRef })
    expect(made?.resourceId).toBe('given')
    await refuses(project({ name: 'x', path: '/y', basis: basisRef }), 'Name')
    await refuses(project({ name: 'y', path: '/x', basis: basisRef }), 'Path')
    await project({ name: 'x', path: '/x', basis: other })
    if (made !== undefined)
      expect(() => store.projects.create({ ...made, name: 'z', path: '/z' })).toThrow('ResourceId: must be unique')
  })

  test('PRJ-16 PRJ-22 PRJ-23 a Vagrantfile is stored and replaced in place; absent `finalized` is cleared', async () => {
    const { project, projectRef } = await start()
    await project({ ...projectRef, configuration: { raw: Buffer.from('one'), finalized: { entries: [] } } })
    const stored = await project({ ...projectRef, configuration: { raw: Buffer.from('two') } })
    expect(Buffer.from(stored?.configuration?.raw ?? []).toString()).toBe('two')
    expect(stored?.configuration?.finalized).toBeUndefined()
  })

  test('PRJ-17 to PRJ-21 an update merges; id and basis stay', async () => {
    const { project, basis, projectRef, basisRef } = await start()
    const other = { resourceId: (await basis({ name: 'o', path: '/o' }))?.resourceId ?? '' }
    await project({ name: 'x', path: '/x', basis: basisRef })
    expect(await project({ ...projectRef, basis: other })).toMatchObject({
      ...projectRef,
      name: 'p',
      path: '/p',
      basis: basisRef,
    })
    await refuses(project({ ...projectRef, name: 'x' }), 'Name')
    await refuses(project({ ...projectRef, path: '/x' }), 'Path')
    await refuses(project({ resourceId: 'new', name: 'p', path: '/p', basis: basisRef }), 'Name', 'Path')
  })

  test('PRJ-24 PRJ-25 PRJ-26 PRJ-29 a deletion takes Vagrantfile and targets along', async () => {
    const { peer, store, target, getProject, projectRef } = await start()
    await target({ name: 't', project: projectRef })
    store.projects.delete(projectRef.resourceId)
    await isNotFound(getProject(projectRef.resourceId))
    expect((await peer.call(methods.listTargets, {})).targets).toEqual([])
    expect((await peer.call(methods.listProjects, {})).projects).toEqual([])
  })
})

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

test('ROW-38 a missing record or reference is FAILED_PRECONDITION everywhere', async () => {
  const { peer } = await start()
  const calls = [
    peer.call(methods.upsertBasis, {}),
    peer.call(methods.getBasis, {}),
    peer.call(methods.findBasis, {}),
    peer.call(methods.upsertProject, {}),
    peer.call(methods.getProject, {}),
    peer.call(methods.findProject, {}),
    peer.call(methods.upsertTarget, {}),
    peer.call(methods.getTarget, {}),
    peer.call(methods.findTarget, {}),
    peer.call(methods.deleteTarget, {}),
    peer.call(methods.upsertBox, {}),
    peer.call(methods.getBox, {}),
    peer.call(methods.findBox, {}),
    peer.call(methods.deleteBox, {}),
  ]
  for (const call of calls) {
    const error = await failureOf(call)
    expect([error.code, error.details]).toEqual([status.FAILED_PRECONDITION, 'no proto value provided'])
  }
})

test('ROW-11 records, maps and unknown fields survive a restart byte for byte', async () => {
  const { server, peer, target, projectRef } = await start()
  const sent = create(TargetSchema, { name: 't', project: projectRef, metadata: { metadata: { a: '1', b: '2' } } })
  sent.$unknown = [{ no: 900, wireType: 2, data: Buffer.from('\u0002hi') }]
  const made = await target(sent)
  const before = await Promise.all([
    peer.call(methods.listBasis, {}),
    peer.call(methods.listProjects, {}),
    peer.call(methods.listTargets, {}),
  ])
  const again = await server.restart()
  const later = again.peer()
  expect(
    await Promise.all([
      later.call(methods.listBasis, {}),
      later.call(methods.listProjects, {}),
      later.call(methods.listTargets, {}),
    ]),
  ).toEqual(before)
  const { target: stored } = await later.call(methods.getTarget, { target: { resourceId: made?.resourceId ?? '' } })
  expect(stored?.metadata?.metadata).toEqual({ a: '1', b: '2' })
  expect(stored?.$unknown?.map(({ no, data }) => [no, Buffer.from(data).toString()])).toEqual([[900, '\u0002hi']])
})

test('a record that is too large to be restored later is RESOURCE_EXHAUSTED', async () => {
  const { basis } = await start()
  const error = await failureOf(basis({ name: 'x', path: '/x', metadata: { metadata: { a: 'a'.repeat(3_000_000) } } }))
  expect(error.code).toBe(status.RESOURCE_EXHAUSTED)
})
