import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { TargetSchema } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { isNotFound, refuses, startWithRecords as start } from '../testing/records.fixture.ts'
import { noopJob, queueJob } from '../testing/runner.fixture.ts'
import { methods } from '../testing/server.fixture.ts'

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
