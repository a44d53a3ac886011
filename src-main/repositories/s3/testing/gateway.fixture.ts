import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { createSelfSignedCertificate } from '../../../engines/pbs/server/tls/self-signed.ts'
import { freePort } from '../../../os/free-port.fixture.ts'
import { formatS3Address, parseS3Address } from '../s3-address.ts'

const run = promisify(execFile)
/** A cluster that does not come up has failed; one on a busy machine takes its time. */
const START_TIMEOUT_MS = 240_000

/** A Ceph cluster of one monitor and one disk, which is memory, and its object gateway. Nobody else knows of it. */
export interface Gateway {
  readonly endpoint: string
  /** The same store in TLS, with a certificate that nobody vouches for. */
  readonly secureEndpoint: string
  /** SHA-256 of that certificate, in hex pairs. */
  readonly fingerprint: string
  readonly accessKeyId: string
  readonly secret: string
  /** The whole address of a new bucket. */
  address(prefix?: string, endpoint?: string): Promise<string>
  /** Another user of the store, who has no rights in the buckets of the first. */
  addUser(): Promise<{ readonly accessKeyId: string; readonly secret: string }>
  /** The store is gone, and comes back: what was stored stays. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export async function startGateway(): Promise<Gateway> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hf-ceph-')) // short: sockets lie in it
  const cluster = new Cluster(folder)
  try {
    return await cluster.open()
  } catch (error) {
    await cluster.close()
    throw error
  }
}

class Cluster {
  readonly #folder: string
  readonly #config: string
  readonly #programs: ChildProcess[] = []
  #gateway: ChildProcess | undefined
  #ports = { monitor: 0, plain: 0, secure: 0 }

  constructor(folder: string) {
    this.#folder = folder
    this.#config = path.join(folder, 'ceph.conf')
  }

  async open(): Promise<Gateway> {
    this.#ports = { monitor: await freePort(), plain: await freePort(), secure: await freePort() }
    const { fingerprint } = await this.#writeFiles()
    await this.#startCluster()
    const user = await this.#addUser('holdfast')
    await this.#startGateway()
    const endpoint = `http://127.0.0.1:${this.#ports.plain}`
    const secureEndpoint = `https://127.0.0.1:${this.#ports.secure}`
    return {
      endpoint,
      secureEndpoint,
      fingerprint,
      ...user,
      address: (prefix, at = endpoint) => this.#newBucket({ ...user, prefix, endpoint, at }),
      addUser: () => this.#addUser(`user-${randomBytes(4).toString('hex')}`),
      stop: () => this.#stopGateway(),
      start: () => this.#startGateway(),
      close: () => this.close(),
    }
  }

  async close(): Promise<void> {
    await this.#stopGateway()
    for (const program of this.#programs.splice(0).reverse()) await end(program)
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #writeFiles(): Promise<{ readonly fingerprint: string }> {
    const at = (name: string) => path.join(this.#folder, name)
    for (const name of ['mon', 'osd', 'rgw']) await mkdir(at(name))
    const { certificate, key, fingerprint } = await createSelfSignedCertificate({
      hosts: ['127.0.0.1'],
      now: Date.now(),
    })
    await writeFile(at('rgw.crt'), certificate)
    await writeFile(at('rgw.key'), key)
    await writeFile(this.#config, configOf(this.#folder, this.#ports))
    const keyring = ['--create-keyring', at('keyring'), '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *']
    await run('ceph-authtool', keyring)
    const caps = ['mon', 'osd', 'mgr'].flatMap((service) => ['--cap', service, 'allow *'])
    for (const name of ['client.admin', 'client.rgw', 'osd.0']) {
      await run('ceph-authtool', [at('keyring'), '--gen-key', '-n', name, ...caps])
    }
    return { fingerprint }
  }

  async #startCluster(): Promise<void> {
    const at = (name: string) => path.join(this.#folder, name)
    const { monitor } = this.#ports
    const disk = randomUUID()
    await run('monmaptool', [
      '--create',
      '--fsid',
      randomUUID(),
      '--addv',
      'a',
      `[v2:127.0.0.1:${monitor}]`,
      at('monmap'),
    ])
    await this.#run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', at('monmap'), '--keyring', at('keyring'))
    this.#start('ceph-mon', '-i', 'a', '-f')
    await this.#run('ceph', 'osd', 'new', disk, '0')
    await this.#run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk)
    this.#start('ceph-osd', '-i', '0', '-f')
  }

  async #addUser(name: string): Promise<{ readonly accessKeyId: string; readonly secret: string }> {
    const accessKeyId = `KEY${randomBytes(8).toString('hex').toUpperCase()}`
    const secret = randomBytes(20).toString('base64')
    const keys = ['--access-key', accessKeyId, '--secret', secret]
    await this.#run('radosgw-admin', 'user', 'create', '--uid', name, '--display-name', name, ...keys)
    return { accessKeyId, secret }
  }

  async #startGateway(): Promise<void> {
    this.#gateway = spawn('radosgw', ['-n', 'client.rgw', '--no-mon-config', '-f', '-c', this.#config], {
      stdio: 'ignore',
    })
    const deadline = performance.now() + START_TIMEOUT_MS
    while (!(await listens(this.#ports.secure))) {
      if (this.#gateway.exitCode !== null) throw new Error(`radosgw ended with ${this.#gateway.exitCode}`)
      if (performance.now() > deadline) throw new Error('radosgw does not listen')
      await sleep(100)
    }
  }

  async #stopGateway(): Promise<void> {
    const gateway = this.#gateway
    this.#gateway = undefined
    if (gateway !== undefined) await end(gateway)
  }

  async #newBucket(wish: {
    readonly accessKeyId: string
    readonly secret: string
    readonly prefix: string | undefined
    readonly endpoint: string
    readonly at: string
  }): Promise<string> {
    const { accessKeyId, secret, prefix, endpoint, at } = wish
    const bucket = `backups-${randomBytes(6).toString('hex')}`
    const credentials = { accessKeyId, secretAccessKey: secret }
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials })
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    client.destroy()
    const place = parseS3Address(`s3://${bucket}${prefix === undefined ? '' : `/${prefix}`}?endpoint=${at}`)
    return formatS3Address({ ...place, accessKeyId })
  }

  #start(program: string, ...words: readonly string[]): void {
    this.#programs.push(spawn(program, ['-c', this.#config, ...words], { stdio: 'ignore' }))
  }

  async #run(program: string, ...words: readonly string[]): Promise<void> {
    await run(program, ['-c', this.#config, ...words], { timeout: START_TIMEOUT_MS })
  }
}

function configOf(
  folder: string,
  { monitor, plain, secure }: { monitor: number; plain: number; secure: number },
): string {
  const listen = `endpoint=127.0.0.1:${plain} ssl_endpoint=127.0.0.1:${secure}`
  const certificate = `ssl_certificate=${folder}/rgw.crt ssl_private_key=${folder}/rgw.key`
  return `[global]
mon host = v2:127.0.0.1:${monitor}
mon initial members = a
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
rgw data = ${folder}/rgw
run dir = ${folder}
admin socket = ${folder}/$name.asok
log file =
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
osd objectstore = memstore
memstore device bytes = 4294967296
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
mon allow pool size one = true
mon data avail crit = 0
[client.rgw]
rgw frontends = beast ${listen} ${certificate}
`
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return await new Promise((resolve) => {
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

async function end(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return
  program.kill('SIGKILL')
  await once(program, 'exit')
}
