import { strict as assert } from 'node:assert'
import { execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/**
 * Rows 81 to 83 of spec pbs §13 with the original programs, which no package source of a test machine has: whoever has
 * them runs this by hand.
 *
 *     node e2e/peers/proxmox-backup.ts <proxmox-backup-client> [<user@realm@host:datastore> <password> <fingerprint>]
 *
 * The first half points the original client at a server of ours. The second, with the address of an original server,
 * points our client at that one, and the original client at what it stored.
 */
const [original, address, password, fingerprint] = process.argv.slice(2)
if (original === undefined) throw new Error('Which proxmox-backup-client? Give its path.')

const run = promisify(execFile)
const holdfast = 'src-main/hosts/cli/main.ts'
const root = await mkdtemp(join(tmpdir(), 'holdfast-peer-'))
const at = (...names: string[]) => join(root, ...names)
const accountPassword = 'a password for joe'
const passphrase = 'a passphrase for keys'
let passed = 0

async function check(name: string, body: () => Promise<void>): Promise<void> {
  await body()
  passed += 1
  console.log(`✓ ${name}`)
}

/** Our program with a data folder of its own. */
async function ours(data: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<string> {
  const env = { ...process.env, HOLDFAST_DATA: at(data), HOME: at('home'), NO_COLOR: '1', ...more }
  return (await run(process.execPath, [holdfast, ...args], { env, maxBuffer: 2 ** 26 })).stdout
}

interface Server {
  readonly address: string
  readonly password: string
  readonly fingerprint: string
}

function loginTo(server: Server): NodeJS.ProcessEnv {
  return {
    PBS_REPOSITORY: server.address,
    PBS_PASSWORD: server.password,
    PBS_FINGERPRINT: server.fingerprint,
    PBS_ENCRYPTION_PASSWORD: passphrase,
    XDG_RUNTIME_DIR: at('run'),
  }
}

async function theirs(server: Server, ...args: string[]): Promise<string> {
  const env = { ...process.env, HOME: at('home'), ...loginTo(server) }
  const { stdout, stderr } = await run(original ?? '', args, { env, maxBuffer: 2 ** 26 })
  return stdout + stderr
}

/** Nothing that rsync would do to make one like the other. */
async function expectSame(one: string, other: string): Promise<void> {
  const { stdout } = await run('rsync', ['-aHAXnc', '--delete', '--itemize-changes', `${one}/`, `${other}/`])
  assert.equal(stdout, '')
}

async function expectSameFile(one: string, other: string): Promise<void> {
  assert.ok((await readFile(one)).equals(await readFile(other)), `${one} and ${other} differ`)
}

async function newestOf(server: Server, id: string): Promise<string> {
  const listed: unknown = JSON.parse(await theirs(server, 'snapshot', 'list', `host/${id}`, '--output-format', 'json'))
  assert.ok(Array.isArray(listed))
  const times = listed.map((each: { 'backup-time': number }) => each['backup-time'])
  return `host/${id}/${new Date(Math.max(...times) * 1000).toISOString().replace('.000', '')}`
}

async function prepare(): Promise<void> {
  for (const name of ['home', 'run', 'tree/deep/deeper']) await mkdir(at(name), { recursive: true })
  for (let i = 0; i < 200; i++) await writeFile(at('tree/deep', `${i}.txt`), `File ${i}\n`.repeat(i * 50))
  await writeFile(at('tree/deep/deeper/large.bin'), Buffer.alloc(12_000_000, 'a quick brown fox and then some'))
  await run('ln', ['-s', '../0.txt', at('tree/deep/deeper/link')])
  await run('ln', [at('tree/deep/1.txt'), at('tree/hard-link')])
  await run('setfattr', ['-n', 'user.colour', '-v', 'green', at('tree/deep/2.txt')])
  await run('openssl', ['rand', '-out', at('disk.img'), String(20 * 2 ** 20)])
  await run('truncate', ['-s', '64M', at('disk.img')])
  await run(process.execPath, [holdfast, 'key', 'create', 'peer'], {
    env: { ...process.env, HOLDFAST_DATA: at('keys'), PBS_ENCRYPTION_PASSWORD: passphrase },
  })
}

/** The key as the file that both programs read. */
async function writeKeyFile(): Promise<string> {
  const sheet = await ours('keys', ['key', 'paper', 'peer'])
  const start = sheet.indexOf('{')
  await writeFile(at('key.json'), sheet.slice(start, sheet.lastIndexOf('}') + 1), { mode: 0o600 })
  return at('key.json')
}

async function hostOurServer(): Promise<{ readonly server: Server; stop(): void }> {
  await ours('server', ['init', at('store'), '--name', 'store1'])
  await ours('server', ['account', 'add', 'joe@pbs'], { HOLDFAST_ACCOUNT_PASSWORD: accountPassword })
  await ours('server', ['account', 'grant', 'joe@pbs', 'DatastoreAdmin', '/datastore/store1'])
  const child = spawn(
    process.execPath,
    [holdfast, 'host', 'pbs', '--datastore', `store1=${at('store')}`, '--listen', '127.0.0.1:0'],
    { env: { ...process.env, HOLDFAST_DATA: at('server'), HOME: at('home') }, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let listens = ''
  for await (const line of createInterface(child.stdout)) {
    listens = /Listens at (\S+?)\.? /.exec(line)?.[1] ?? listens
    const found = /^Fingerprint ([0-9a-f:]+)/.exec(line)?.[1]
    if (found === undefined) continue
    const server = { address: `joe@pbs@${listens}:store1`, password: accountPassword, fingerprint: found }
    return { server, stop: () => child.kill('SIGTERM') }
  }
  throw new Error('The server ended before it listened.')
}

async function originalClientAgainst(server: Server, key: string): Promise<void> {
  const backUp = (id: string, ...more: string[]) =>
    theirs(server, 'backup', `tree.pxar:${at('tree')}`, `disk.img:${at('disk.img')}`, '--backup-id', id, ...more)
  const modes = { plain: [], encrypted: ['--keyfile', key], signed: ['--keyfile', key, '--crypt-mode', 'sign-only'] }
  for (const [mode, options] of Object.entries(modes)) {
    await check(`row 81: the original client backs up and restores, ${mode}`, async () => {
      await backUp(mode, ...options)
      assert.match(await backUp(mode, ...options), /reused 64 MiB \(100\.0%\)/)
      const keyfile = mode === 'plain' ? [] : ['--keyfile', key]
      const newest = await newestOf(server, mode)
      await theirs(server, 'restore', newest, 'tree.pxar', at(`their-${mode}`), ...keyfile)
      await expectSame(at('tree'), at(`their-${mode}`))
      await theirs(server, 'restore', newest, 'disk.img', at(`their-${mode}.img`), ...keyfile)
      await expectSameFile(at('disk.img'), at(`their-${mode}.img`))
    })
  }
  await check(
    'row 81: notes, protection, namespaces, prune and garbage collection by the original client',
    async () => {
      const newest = await newestOf(server, 'plain')
      await theirs(server, 'snapshot', 'notes', 'update', newest, 'a note')
      assert.match(await theirs(server, 'snapshot', 'notes', 'show', newest), /a note/)
      await theirs(server, 'snapshot', 'protected', 'update', newest, 'true')
      await assert.rejects(theirs(server, 'snapshot', 'forget', newest), /protected/)
      await theirs(server, 'snapshot', 'protected', 'update', newest, 'false')
      await theirs(server, 'namespace', 'create', 'a')
      await theirs(server, 'namespace', 'create', 'a/b')
      assert.match(await theirs(server, 'namespace', 'list'), /a\/b/)
      await theirs(server, 'namespace', 'delete', 'a/b')
      assert.match(await theirs(server, 'prune', 'host/plain', '--keep-last', '1'), /remove/)
      assert.match(await theirs(server, 'garbage-collect'), /TASK OK/)
      assert.match(await theirs(server, 'catalog', 'dump', newest), /hard-link/)
    },
  )
  await check('row 81: what the original client stored is restored by us', async () => {
    const login = loginTo(server)
    await ours('client', ['key', 'import', key], login)
    await ours('client', ['init', server.address, '--name', 'there'], login)
    await ours('client', ['catalog', 'rebuild'], login)
    for (const mode of Object.keys(modes)) {
      await ours('client', ['restore', `latest:${mode}`, '--target', at(`our-${mode}`)], login)
      await expectSame(at('tree'), at(`our-${mode}`, 'tree'))
    }
    assert.match(await ours('client', ['verify', '-r', 'there'], login), /all good/)
  })
  await check('row 83: what we store again of a tree that the original stored are its very blocks', async () => {
    await ours('client', ['backup', at('tree'), '-r', 'there', '--id', 'plain', '--mode', 'legacy'], loginTo(server))
    const times = (await readdir(at('store/host/plain'))).filter((name) => name.includes('T')).sort()
    const digests = async (time: string, name: string) =>
      (await readFile(at('store/host/plain', time, name))).subarray(4096).toString('hex')
    assert.equal(
      await digests(times.at(-1) ?? '', 'tree.pxar.didx'),
      await digests(times.at(-2) ?? '', 'tree.pxar.didx'),
    )
  })
}

async function ourClientAgainst(server: Server, key: string): Promise<void> {
  const login = loginTo(server)
  const mine = (...args: string[]) => ours('remote', args, login)
  await mine('key', 'import', key)
  await mine('init', server.address, '--name', 'original')
  for (const [mode, options] of Object.entries({ plain: [], encrypted: ['--key', key] })) {
    await check(`row 82: we back up to the original server and restore, ${mode}`, async () => {
      const id = `peer-${mode}`
      await mine('backup', at('tree'), '-r', 'original', '--id', id, ...options)
      assert.match(await mine('backup', at('tree'), '-r', 'original', '--id', id, ...options), /in 0 new blocks/)
      await mine('restore', `latest:${id}`, '--target', at(`back-${mode}`))
      await expectSame(at('tree'), at(`back-${mode}`, 'tree'))
      await mine('backup', '--image', at('disk.img'), '-r', 'original', '--id', `${id}-disk`, ...options)
    })
    await check(`row 82: the original client restores what we stored on the original server, ${mode}`, async () => {
      const id = `peer-${mode}-v1`
      await mine('backup', at('tree'), '-r', 'original', '--id', id, '--mode', 'legacy', ...options)
      const keyfile = mode === 'plain' ? [] : ['--keyfile', key]
      const newest = await newestOf(server, id)
      await theirs(server, 'restore', newest, 'tree.pxar', at(`there-${mode}`), ...keyfile)
      await expectSame(at('tree'), at(`there-${mode}`))
      const disk = await newestOf(server, `peer-${mode}-disk`)
      await theirs(server, 'restore', disk, 'disk.img', at(`there-${mode}.img`), ...keyfile)
      await expectSameFile(at('disk.img'), at(`there-${mode}.img`))
    })
  }
  await check('row 82: the original server verifies, collects and prunes at our word', async () => {
    assert.match(await mine('verify', '-r', 'original'), /all good/)
    assert.match(await mine('prune', '-r', 'original', '--keep-last', '1', '--dry-run'), /removed/)
    assert.match(await mine('gc', '-r', 'original'), /Freed/)
  })
}

try {
  await prepare()
  const key = await writeKeyFile()
  const { server, stop } = await hostOurServer()
  try {
    await originalClientAgainst(server, key)
  } finally {
    stop()
  }
  if (address === undefined || password === undefined || fingerprint === undefined)
    console.log('Row 82 was not run: no original server was given.')
  else await ourClientAgainst({ address, password, fingerprint }, key)
  console.log(`${passed} passed`)
} finally {
  await rm(root, { recursive: true, force: true })
}
