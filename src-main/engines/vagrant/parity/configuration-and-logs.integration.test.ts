import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { ConfigVarSchema, type LogBatch } from '../generated/server_pb.js'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { collect, complete, noopJob, queueJob, registerRunner, sendLines, takeJob } from '../testing/runner.fixture.ts'
import { methods, never, startTestServer } from '../testing/server.fixture.ts'

type Scope = NonNullable<Exclude<MessageInitShape<typeof ConfigVarSchema>, { $typeName: string }>['scope']>
const anyRunner: Scope = { case: 'runner', value: { target: { case: 'any', value: {} } } }
const runner = (id: string): Scope => ({ case: 'runner', value: { target: { case: 'id', value: { id } } } })

const textOf = ({ lines }: LogBatch) => lines.map(({ line }) => line)

async function start() {
  const server = await startTestServer()
  const peer = server.peer()
  const { basis } = await peer.call(methods.upsertBasis, { basis: { name: 'b', path: '/b' } })
  const basisId = basis?.resourceId ?? ''
  const { project } = await peer.call(methods.upsertProject, {
    project: { name: 'p', path: '/p', basis: { resourceId: basisId } },
  })
  const projectId = project?.resourceId ?? ''
  const { target } = await peer.call(methods.upsertTarget, {
    target: { name: 't', project: { resourceId: projectId } },
  })
  const { variables } = server.state.store
  const set = (name: string, value: string, scope: Scope) =>
    variables.set([create(ConfigVarSchema, { name, value, scope })])
  const ofRunner = (runnerId: string) =>
    variables.get({ kind: 'runner', runnerId }).map(({ name, value }) => `${name}=${value}`)
  return { server, peer, basisId, projectId, targetId: target?.resourceId ?? '', variables, set, ofRunner }
}

test('CFG-01 CFG-02 CFG-03 CFG-08 put and get by scope and prefix, sorted; an empty value removes', async () => {
  const { variables, set, projectId } = await start()
  const scope: Scope = { case: 'project', value: { resourceId: projectId } }
  const get = (prefix?: string) =>
    variables.get({ kind: 'project', resourceId: projectId }, prefix).map(({ name }) => name)
  set('foo', '1', scope)
  expect([get(), get('foo'), get('bar')]).toEqual([['foo'], ['foo'], []])
  set('bar', '2', scope)
  expect(get()).toEqual(['bar', 'foo'])
  set('foo', '', scope)
  expect(get()).toEqual(['bar'])
  expect(() => variables.set([create(ConfigVarSchema, { name: 'x', value: 'y' })])).toThrow('scope')
})

test('ROW-28 scopes merge from the outside in, and a project does not see its targets', async () => {
  const { variables, set, basisId, projectId, targetId } = await start()
  set('a', 'basis', { case: 'basis', value: { resourceId: basisId } })
  set('b', 'basis', { case: 'basis', value: { resourceId: basisId } })
  set('b', 'project', { case: 'project', value: { resourceId: projectId } })
  set('c', 'target', { case: 'target', value: { resourceId: targetId } })
  const get = (kind: 'basis' | 'project' | 'target', resourceId: string) =>
    variables.get({ kind, resourceId }).map(({ name, value }) => `${name}=${value}`)
  expect(get('basis', basisId)).toEqual(['a=basis', 'b=basis'])
  expect(get('project', projectId)).toEqual(['a=basis', 'b=project'])
  expect(get('target', targetId)).toEqual(['a=basis', 'b=project', 'c=target'])
})

test('CFG-04 CFG-05 CFG-06 runner variables: any, by id, by id over any; never those of records', async () => {
  const { set, ofRunner, projectId } = await start()
  set('p', '1', { case: 'project', value: { resourceId: projectId } })
  set('x', 'any', anyRunner)
  expect([ofRunner('A'), ofRunner('B')]).toEqual([['x=any'], ['x=any']])
  set('x', 'mine', runner('A'))
  set('y', 'other', runner('B'))
  expect([ofRunner('A'), ofRunner('B')]).toEqual([['x=mine'], ['x=any', 'y=other']])
})

test('CFG-07 a watch waits, then a runner is sent the new set; what concerns another runner is not sent', async () => {
  const { server, peer, variables, set } = await start()
  const stream = await registerRunner(peer, 'A')
  const watched = variables.changed(variables.version(), never())
  set('other', '1', runner('B'))
  await watched
  set('mine', '2', runner('A'))
  expect((await stream.next()).config?.configVars.map(({ name, value }) => [name, value])).toEqual([['mine', '2']])
  set('mine', '', runner('A'))
  expect((await stream.next()).config?.configVars).toEqual([])
  expect(server.server.runners()).toHaveLength(1)
})

test('LOG-01 ROW-29 25 lines of a job in the scope are one batch of 25; then live lines; other scopes are not heard', async () => {
  const { server, peer, basisId, projectId, targetId } = await start()
  await registerRunner(peer, 'r')
  const run = async (scope: (typeof noopJob)['scope'], lines: string[]) => {
    const id = await queueJob(peer, { ...noopJob, ...(scope && { scope }) })
    const { stream } = await takeJob(server, peer, 'r')
    sendLines(stream, ...lines)
    return { id, stream }
  }
  const lines = Array.from({ length: 25 }, (_, i) => `line ${i}`)
  const first = await run({ case: 'target', value: { resourceId: targetId } }, lines)
  complete(first.stream)
  await first.stream.ended()
  const outside = await run(undefined, ['not heard'])
  complete(outside.stream)
  await outside.stream.ended()
  for (const scope of [
    { case: 'basis', value: { resourceId: basisId } },
    { case: 'project', value: { resourceId: projectId } },
    { case: 'target', value: { resourceId: targetId } },
  ] as const) {
    const { messages, cancel } = peer.listen(methods.getLogStream, { scope })
    const { value: batch }: IteratorResult<LogBatch, undefined> = await messages.next()
    expect(batch).toMatchObject({ deploymentId: targetId, instanceId: first.id })
    expect(batch === undefined ? [] : textOf(batch)).toEqual(lines)
    messages.next().catch(() => undefined)
    cancel()
  }
  const scope = { case: 'project', value: { resourceId: projectId } } as const
  const { messages } = peer.listen(methods.getLogStream, { scope, limitBacklog: 2 })
  expect((await messages.next()).value).toMatchObject({ lines: [{ line: 'line 23' }, { line: 'line 24' }] })
  const second = await run(scope, ['live'])
  expect((await messages.next()).value).toMatchObject({
    deploymentId: projectId,
    instanceId: second.id,
    lines: [{ line: 'live' }],
  })
})

test('a log stream without a scope is FAILED_PRECONDITION, of an unknown record NOT_FOUND', async () => {
  const { peer } = await start()
  const fails = async (request: MessageInitShape<typeof methods.getLogStream.input>) =>
    (await failureOf(collect(peer.listen(methods.getLogStream, request).messages))).code
  expect(await fails({})).toBe(status.FAILED_PRECONDITION)
  expect(await fails({ scope: { case: 'target', value: { resourceId: 'x' } } })).toBe(status.NOT_FOUND)
})
