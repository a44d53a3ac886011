import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { create } from '@bufbuild/protobuf'
import { status } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { ConfigVarSchema, Job_GitSchema, Job_State, JobSchema } from '../generated/server_pb.js'
import { createRunner } from '../runner/create-runner.ts'
import { fetchData, overrideGit } from '../runner/data-source.ts'
import { failureOf } from '../testing/grpc-js-peer.fixture.ts'
import { connectTo, quietOperations, startRunner } from '../testing/holdfast-runner.fixture.ts'
import { collect, jobFor, linesOf, noopJob, queueJob, stateOf } from '../testing/runner.fixture.ts'
import { eventually, methods, never, startTestServer, temporaryFolder } from '../testing/server.fixture.ts'

function gate() {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('RNP-01 a runner is NOT_FOUND before it starts, there while it runs, gone after close', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  expect((await failureOf(peer.call(methods.getRunner, { runnerId: 'mine' }))).code).toBe(status.NOT_FOUND)
  const runner = await startRunner(server.port, { id: 'mine', byIdOnly: true })
  expect(await peer.call(methods.getRunner, { runnerId: 'mine' })).toMatchObject({ id: 'mine', byIdOnly: true })
  await runner.close()
  await eventually(() => server.server.runners().length === 0)
  expect((await failureOf(peer.call(methods.getRunner, { runnerId: 'mine' }))).code).toBe(status.NOT_FOUND)
})

test('RNP-02 variables of the server are set, unset, and give the original back', async () => {
  const server = await startTestServer()
  const environment: Record<string, string | undefined> = { KEPT: 'original' }
  const runner = await startRunner(server.port, { environment })
  const scope = { case: 'runner', value: { target: { case: 'id', value: { id: runner.id } } } } as const
  const set = (name: string, value: string) =>
    server.state.store.variables.set([create(ConfigVarSchema, { name, value, scope })])
  set('NEW', 'value')
  set('KEPT', 'changed')
  await eventually(() => environment.NEW === 'value' && environment.KEPT === 'changed')
  set('NEW', '')
  set('KEPT', '')
  await eventually(() => !('NEW' in environment) && environment.KEPT === 'original')
})

test('RNP-03 CLI-04 a noop goes the whole way: SUCCESS', async () => {
  const server = await startTestServer()
  const runner = await startRunner(server.port)
  const jobId = await queueJob(server.peer())
  expect((await runner.accept({ signal: never() }))?.id).toBe(jobId)
  expect(await stateOf(server.peer(), jobId)).toBe(Job_State.SUCCESS)
})

test('RNP-04 a caller who is cancelled gets no error, and the job is ERROR', async () => {
  const server = await startTestServer()
  const caller = new AbortController()
  const noop = async ({ signal }: { signal: AbortSignal }): Promise<void> => {
    caller.abort()
    signal.throwIfAborted()
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  const jobId = await queueJob(server.peer())
  expect((await runner.accept({ signal: caller.signal }))?.id).toBe(jobId)
  expect(await stateOf(server.peer(), jobId)).toBe(Job_State.ERROR)
})

test('RNP-05 CancelJob ends a blocked operation: ERROR CANCELLED', async () => {
  const server = await startTestServer()
  const started = gate()
  const noop = ({ signal }: { signal: AbortSignal }): Promise<void> => {
    started.open()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  const peer = server.peer()
  const jobId = await queueJob(peer)
  const done = runner.accept({ signal: never() })
  await started.opened
  await peer.call(methods.cancelJob, { jobId })
  await done
  expect(await peer.call(methods.getJob, { jobId })).toMatchObject({
    state: Job_State.ERROR,
    error: { code: status.CANCELLED },
  })
})

async function gitRepository(): Promise<string> {
  const folder = await temporaryFolder()
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@t.invalid', '-c', 'init.defaultBranch=main', ...args],
      {
        cwd: folder,
        stdio: 'pipe',
      },
    )
  git('init', '-q')
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'sub', 'file'), 'first')
  symlinkSync('..', join(folder, 'out'))
  git('add', '.')
  git('commit', '-qm', 'first')
  git('tag', 'v1')
  writeFileSync(join(folder, 'sub', 'file'), 'second')
  git('commit', '-qam', 'second')
  return folder
}

test('RNP-06 SRC-02 a job with a git source works in the clone, at the ref and path it names, and leaves nothing behind', async () => {
  const server = await startTestServer()
  const url = await gitRepository()
  const seen: string[] = []
  let folderOfJob = ''
  const noop = async ({ folder }: { folder: string }): Promise<void> => {
    folderOfJob = folder
    seen.push(readFileSync(join(folder, 'file'), 'utf8'))
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  for (const ref of ['', 'v1']) {
    const jobId = await queueJob(server.peer(), {
      ...noopJob,
      dataSource: { source: { case: 'git', value: { url, path: 'sub' } } },
      dataSourceOverrides: ref === '' ? {} : { REF: ref },
    })
    await runner.accept({ signal: never() })
    expect(await stateOf(server.peer(), jobId)).toBe(Job_State.SUCCESS)
  }
  expect(seen).toEqual(['second', 'first'])
  expect(() => readFileSync(join(folderOfJob, 'file'))).toThrow('ENOENT')
})

test('SRC-01 overrides: none changes nothing, ref is applied, an unknown one is named', () => {
  const git = create(Job_GitSchema, { url: 'u', ref: 'r', path: 'p' })
  expect(overrideGit(git, {})).toEqual(git)
  expect(overrideGit(git, { Ref: 'other' })).toMatchObject({ url: 'u', ref: 'other', path: 'p' })
  expect(() => overrideGit(git, { depth: '1' })).toThrow('depth')
})

test('bad data sources fail the job with the code of the specification, before git is asked', async () => {
  const url = await gitRepository()
  const job = (value: { url?: string; ref?: string; path?: string }, overrides = {}) =>
    create(JobSchema, {
      dataSource: { source: { case: 'git', value: { url, ...value } } },
      dataSourceOverrides: overrides,
    })
  const rows: [ReturnType<typeof job>, RegExp][] = [
    [create(JobSchema, {}), /internal.*data source not set/],
    [
      create(JobSchema, { dataSource: { source: { case: 'local', value: {} } }, dataSourceOverrides: { ref: 'x' } }),
      /failed_precondition/,
    ],
    [job({ path: '../x' }), /failed_precondition/],
    [job({ path: 'sub/../../x' }), /failed_precondition/],
    [job({ path: 'sub\\..\\x' }), /failed_precondition/],
    [job({ path: '/etc' }), /failed_precondition/],
    [job({ path: 'C:\\x' }), /failed_precondition/],
    [job({ path: 'out' }), /failed_precondition.*leads out/],
    [job({ path: 'missing' }), /failed_precondition.*not in the repository/],
    [job({ url: '--upload-pack=touch x' }), /failed_precondition/],
    [job({ url: '' }), /failed_precondition/],
    [job({ ref: '--orphan' }), /failed_precondition/],
    [job({ ref: 'missing' }), /aborted.*git failed/],
    [job({ url: 'ext::sh -c true' }), /aborted.*not allowed/],
    [job({ url: '/nonexistent/repository' }), /aborted.*git failed/],
  ]
  for (const [bad, expected] of rows) {
    await expect(fetchData(bad, { localFolder: '/', signal: never() })).rejects.toThrow(expected)
  }
})

test('RNP-07 the server is down when a runner begins to wait: it waits, then runs the job', async () => {
  let server = await startTestServer()
  const runner = await startRunner(server.port)
  await server.stop()
  const done = runner.accept({ signal: never() })
  await eventually(() => !runner.isRegistered)
  server = await server.restart()
  const jobId = await queueJob(server.peer())
  expect((await done)?.id).toBe(jobId)
  expect(await stateOf(server.peer(), jobId)).toBe(Job_State.SUCCESS)
})

test('RNP-08 SRV-03 the server restarts while a runner waits: calls are UNAVAILABLE meanwhile, a later job runs', async () => {
  let server = await startTestServer()
  const runner = await startRunner(server.port)
  const { client } = await connectTo(server.port)
  const done = runner.accept({ signal: never() })
  const restarted = server.restart()
  server = await restarted
  await eventually(() => server.server.runners().length === 1)
  const jobId = await queueJob(server.peer())
  expect((await done)?.id).toBe(jobId)
  expect((await client.getJob({ jobId })).id).toBe(jobId)
  await server.stop()
  await expect(client.getJob({ jobId })).rejects.toThrow(/unavailable|aborted/)
})

test('RNP-09 close waits until the running job is done', async () => {
  const server = await startTestServer()
  const started = gate()
  const finish = gate()
  const noop = async (): Promise<void> => {
    started.open()
    await finish.opened
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  const jobId = await queueJob(server.peer())
  void runner.accept({ signal: never() })
  await started.opened
  let isClosed = false
  const closed = runner.close().then(() => {
    isClosed = true
  })
  expect(await stateOf(server.peer(), jobId)).toBe(Job_State.RUNNING)
  expect(isClosed).toBe(false)
  finish.open()
  await closed
  expect(await stateOf(server.peer(), jobId)).toBe(Job_State.SUCCESS)
})

test('RNP-10 close ends a runner that waits', async () => {
  const server = await startTestServer()
  const runner = await startRunner(server.port)
  const done = runner.accept({ signal: never() })
  await runner.close()
  expect(await done).toBeUndefined()
})

test('RNP-11 a runner that is closed between assignment and ack leaves the job QUEUED', async () => {
  const server = await startTestServer()
  const { client } = await connectTo(server.port)
  const runner = createRunner({ client, operations: quietOperations, localFolder: '/', id: 'r', backoffMs: [5, 50] })
  await eventually(() => runner.isRegistered)
  const done = runner.accept({ signal: never() })
  // The job is assigned before the runner, on the same thread, can answer.
  const job = server.state.queue.queue(create(JobSchema, noopJob))
  await Promise.all([runner.close(), done])
  await eventually(() => server.state.queue.get(job.id)?.state === Job_State.QUEUED)
})

test('RNP-12 two streams of one runner run two jobs at once', async () => {
  const server = await startTestServer()
  const both = gate()
  let running = 0
  const noop = async (): Promise<void> => {
    running++
    if (running === 2) both.open()
    await both.opened
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  const ids = [await queueJob(server.peer()), await queueJob(server.peer())]
  const working = runner.work(2)
  await eventually(() => ids.every((id) => server.state.queue.get(id)?.state === Job_State.SUCCESS))
  await runner.close()
  await working
})

test('ROW-36 init, command, auth, docs and validate give their results; a failing command is complete', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  const runner = await startRunner(server.port, {
    operations: {
      ...quietOperations,
      command: async ({ command }, { terminal }) => {
        if (command === 'broken') throw new Error('cannot be run')
        await terminal.raw(Buffer.from('output'))
        return { runResult: command === 'up', exitCode: command === 'up' ? 0 : -3 }
      },
    },
  })
  const run = async (operation: NonNullable<typeof noopJob.operation>) => {
    const jobId = await queueJob(peer, { ...jobFor(runner.id), operation })
    await runner.accept({ jobId, signal: never() })
    return await peer.call(methods.getJob, { jobId })
  }
  expect((await run({ case: 'init', value: {} })).result?.init?.actions[0]?.name).toBe('action')
  expect((await run({ case: 'auth', value: {} })).result?.auth?.results[0]?.checkResult).toBe(true)
  expect((await run({ case: 'docs', value: {} })).result?.docs?.results[0]?.docs?.description).toBe('d')
  expect((await run({ case: 'validate', value: {} })).result?.validate).toBeDefined()
  expect((await run({ case: 'command', value: { command: 'up' } })).result?.run?.runResult).toBe(true)
  expect(await run({ case: 'command', value: { command: 'down' } })).toMatchObject({
    state: Job_State.SUCCESS,
    result: { run: { runResult: false, exitCode: -3 } },
  })
  expect(await run({ case: 'command', value: { command: 'broken' } })).toMatchObject({
    state: Job_State.SUCCESS,
    result: { run: { runResult: false, exitCode: 1, runError: { code: status.UNKNOWN, message: 'cannot be run' } } },
  })
})

test('ROW-35 output of our runner reaches a grpc-js listener whole, with timestamps, before the end', async () => {
  const server = await startTestServer()
  const peer = server.peer()
  const noop = async ({ terminal }: Parameters<NonNullable<typeof quietOperations.noop>>[0]): Promise<void> => {
    for (let i = 0; i < 3000; i++) await terminal.line(`line ${i}`)
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  const jobId = await queueJob(peer)
  const { messages } = peer.listen(methods.getJobStream, { jobId })
  const listening = collect(messages)
  await runner.accept({ signal: never() })
  const events = await listening
  expect(events.flatMap(linesOf)).toEqual(Array.from({ length: 3000 }, (_, i) => `line ${i}`))
  const times = events.flatMap(({ event }) =>
    event.case === 'terminal' ? event.value.events.map((e) => e.timestamp) : [],
  )
  expect(times.every((time) => time !== undefined && time.seconds > 0n)).toBe(true)
})

test('a runner that expected another job declines it, and it is QUEUED again', async () => {
  const server = await startTestServer()
  const runner = await startRunner(server.port)
  const jobId = await queueJob(server.peer())
  await expect(runner.accept({ jobId: 'another', signal: never() })).rejects.toThrow(/aborted/)
  await eventually(() => server.state.queue.get(jobId)?.state === Job_State.QUEUED)
})

test('a job that was ended by force ends the operation, and the runner goes on', async () => {
  const server = await startTestServer()
  const started = gate()
  const noop = ({ signal }: { signal: AbortSignal }): Promise<void> => {
    started.open()
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const runner = await startRunner(server.port, { operations: { ...quietOperations, noop } })
  const jobId = await queueJob(server.peer())
  const done = runner.accept({ signal: never() })
  await started.opened
  expect(server.state.queue.cancel(jobId, { force: true })).toBe(true)
  await done
  expect(await stateOf(server.peer(), jobId)).toBe(Job_State.ERROR)
})
