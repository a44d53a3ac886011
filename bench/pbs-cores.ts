/**
 * What a backup through TLS takes beside one into a local repository, and what it has to take: `node bench/pbs-cores.ts
 * [MiB | folder] [scratch folder]`. Client and server on a processor of their own each, then both on all of them. What is
 * compared with is measured here too: the local pipeline, the plain pair of TLS and HTTP/2 (pbs-transport.ts) for as many bytes
 * as were sent, and looking into every block once, as a server must (spec pbs §2.2). Above 1 is better than the target.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { checkChunk } from '../src-main/engines/pbs/server/chunk-checker.ts'
import { decodeBlob, MAX_CHUNK_BYTES } from '../src-main/storage/blob.ts'
import { digest as digestSchema } from '../src-shared/model/digest.ts'
import { cpuSecondsOf, measure } from './measure.ts'
import { addressOf, clientEnvironment, jobOf, makeTree, type PbsServer, program, servePbs } from './pbs-peers.ts'

/** The better one counts: what others do on the machine only adds. */
const rounds = 2

const [what = '512', scratch = tmpdir()] = process.argv.slice(2)
const work = mkdtempSync(join(scratch, 'pbs-cores-'))
const isFolder = !/^\d+$/.test(what)
const tree = isFolder ? what : join(work, 'tree')
/** For all runs: compiled code is there before the first that counts. */
const environment = { NODE_COMPILE_CACHE: join(work, 'compiled') }

interface Run {
  readonly seconds: number
  readonly clientSeconds: number
  readonly serverSeconds: number
  readonly doneBytes: number
  readonly storedBytes: number
}

type Prefix = readonly string[]
const pinned = (core: number): Prefix => ['taskset', '-c', String(core)]

const running: ChildProcess[] = []
let runs = 0
try {
  if (!isFolder) makeTree(tree, Number(what))
  const stores = Array.from({ length: rounds }, (_, round) => `round-${round}`)
  const serve = async (name: string, prefix: Prefix): Promise<PbsServer> => {
    const offered = ['warm', ...stores].map((store) => ({ name: store, folder: join(work, name, store) }))
    const server = await servePbs(join(work, `${name}-data`), offered, prefix)
    running.push(server.child)
    await backUp({ address: addressOf(server, 'warm'), server, prefix: [], source: 'bench' })
    return server
  }
  await backUp({ address: join(work, 'warm'), prefix: [], source: 'bench' })
  const [apart, together] = [await serve('apart', pinned(1)), await serve('together', [])]

  const local = { one: [] as Run[], all: [] as Run[] }
  const remote = { one: [] as Run[], all: [] as Run[] }
  for (const store of stores) {
    for (const [cores, prefix, server] of [
      ['one', pinned(0), apart],
      ['all', [], together],
    ] as const) {
      local[cores].push(await backUp({ address: join(work, `local-${cores}-${store}`), prefix, source: tree }))
      remote[cores].push(await backUp({ address: addressOf(server, store), server, prefix, source: tree }))
    }
  }
  const transport = await sendPlain(best(remote.one).storedBytes)
  const checkSeconds = checkAll(join(work, `local-one-${stores[0]}`))
  print({ local, remote, transport, checkSeconds })
} finally {
  for (const child of running) child.kill('SIGTERM')
  rmSync(work, { recursive: true, force: true })
}

interface Backup {
  readonly address: string
  readonly server?: PbsServer
  readonly prefix: Prefix
  readonly source: string
}

/** A first backup into a new repository. */
async function backUp({ address, server, prefix, source }: Backup): Promise<Run> {
  const data = join(work, `client-${runs++}`)
  const login = server === undefined ? { HOLDFAST_DATA: data } : clientEnvironment(server, data)
  const run = (start: Prefix, ...args: string[]) =>
    measure({
      // A program is always there.
      argv: [...start, ...program, '--json', ...args] as unknown as [string, ...string[]],
      environment: { ...environment, ...login },
    })
  await run([], 'init', address, '--name', 'bench')
  const before = server === undefined ? 0 : cpuSecondsOf([server.pid])
  const { cpuSeconds, output } = await run(prefix, 'backup', source, '-r', 'bench', '--id', 'bench')
  const { status } = jobOf(output) ?? {}
  if (status?.summary === undefined) throw new Error(`no summary: ${output}`)
  const { doneBytes = 0, storedBytes = 0 } = status.summary
  return {
    seconds: (status.endedAt - status.startedAt) / 1000,
    clientSeconds: cpuSeconds,
    serverSeconds: server === undefined ? 0 : cpuSecondsOf([server.pid]) - before,
    doneBytes,
    storedBytes,
  }
}

/** As many bytes without anything of a backup. */
async function sendPlain(bytes: number): Promise<Run> {
  const file = 'bench/pbs-transport.ts'
  const peer = spawn('taskset', ['-c', '1', process.execPath, file, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(peer)
  const lines = createInterface(peer.stdout)[Symbol.asyncIterator]()
  const port = String((await lines.next()).value)
  const send = async (): Promise<Run> => {
    const before = cpuSecondsOf([peer.pid ?? 0])
    const { output } = await measure({
      argv: ['taskset', '-c', '0', process.execPath, file, 'send', port, String(bytes)],
    })
    const { seconds, cpuSeconds } = JSON.parse(output) as { seconds: number; cpuSeconds: number } // its own line
    const serverSeconds = cpuSecondsOf([peer.pid ?? 0]) - before
    return { seconds, clientSeconds: cpuSeconds, serverSeconds, doneBytes: bytes, storedBytes: bytes }
  }
  const sent: Run[] = []
  for (let round = 0; round <= rounds; round++) sent.push(await send())
  return best(sent)
}

/** Processor time of decoding and hashing each block of a store. */
function checkAll(store: string): number {
  let seconds = 0
  const folder = join(store, '.chunks')
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const digest = digestSchema.safeParse(name.split('/').at(-1))
    if (!digest.success) continue
    const blob = readFileSync(join(folder, name))
    const size = decodeBlob(blob, { maxPlainBytes: MAX_CHUNK_BYTES }).length
    const before = process.cpuUsage()
    checkChunk(blob, { digest: digest.data, size })
    const { user, system } = process.cpuUsage(before)
    seconds += (user + system) / 1e6
  }
  return seconds
}

interface Results {
  readonly local: { readonly one: readonly Run[]; readonly all: readonly Run[] }
  readonly remote: { readonly one: readonly Run[]; readonly all: readonly Run[] }
  readonly transport: Run
  readonly checkSeconds: number
}

function print({ local, remote, transport, checkSeconds }: Results): void {
  const row = (name: string, { seconds, clientSeconds, serverSeconds, doneBytes }: Run) =>
    console.log(
      `| ${name} | ${(doneBytes / seconds / 1e6).toFixed(0)} MB/s | ${seconds.toFixed(1)} s | ${clientSeconds.toFixed(1)} s | ${serverSeconds.toFixed(1)} s |`,
    )
  const [localOne, remoteOne, localAll, remoteAll] = [local.one, remote.one, local.all, remote.all].map(best) as [
    Run,
    Run,
    Run,
    Run,
  ]
  console.log('\n| run | rate | the job | processor, client | server |\n|---|--:|--:|--:|--:|')
  row('local, one processor', localOne)
  row('TLS, one processor for each end', remoteOne)
  row('local, all processors', localAll)
  row('TLS, all processors for both', remoteAll)
  row('plain TLS and HTTP/2, one processor for each end', transport)
  console.log(`| looking into each block once | – | – | – | ${checkSeconds.toFixed(1)} s |`)

  const needed = localAll.clientSeconds + transport.clientSeconds + transport.serverSeconds + checkSeconds
  const taken = remoteAll.clientSeconds + remoteAll.serverSeconds
  const share = needed / localAll.clientSeconds
  console.log('\n| above 1: better than the local pipeline less TLS | by the clock | by the processor |\n|---|--:|--:|')
  const ratios = (name: string, clock: number, processor: number) =>
    console.log(`| ${name} | ${clock.toFixed(2)} | ${processor.toFixed(2)} |`)
  ratios(
    'one processor for the client',
    (localOne.seconds + transport.clientSeconds) / remoteOne.seconds,
    (localOne.clientSeconds + transport.clientSeconds) / remoteOne.clientSeconds,
  )
  ratios(
    'all processors for both, and the server looks',
    (localAll.seconds * share) / remoteAll.seconds,
    needed / taken,
  )
}

function best(measured: readonly Run[]): Run {
  return measured.reduce((least, run) => (run.clientSeconds < least.clientSeconds ? run : least))
}
