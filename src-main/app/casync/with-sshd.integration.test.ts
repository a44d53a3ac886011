import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseFeatures } from '../../archive/catar/feature-flags.ts'
import { parseLocator } from '../../engines/casync/address/locator.ts'
import { hasCasync, runCasync } from '../../engines/casync/casync-program.fixture.ts'
import { defaultChunkSizes } from '../../engines/casync/chunker/chunk-sizes.ts'
import { freePort } from '../../os/free-port.fixture.ts'
import { createCasyncRepository, openCasyncRepository } from '../../repositories/casync/casync-repository.ts'
import { noise } from '../../repositories/sample-tree.fixture.ts'
import { calls, listener } from '../../sources/files/tree-fixture.ts'
import { extractArchive } from './extract-archive.ts'
import { makeArchive } from './make-archive.ts'

/** A real sshd, a real ssh, and at the far end the real casync or `holdfast host casync`. */
const { signal } = new AbortController()
const sshd = '/usr/sbin/sshd'
const canServe = spawnSync('sh', ['-c', `test -x ${sshd} && command -v ssh && command -v ssh-keygen`]).status === 0
if (!canServe) console.warn('not tested: OpenSSH is not installed')

let folder: string
let server: ChildProcess | undefined
let errors = ''
const at = (name: string): string => path.join(folder, name)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'holdfast-sshd-'))
  if (!canServe) return
  for (const key of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', at(`${key}.key`)])
  const port = await freePort()
  await writeFile(
    at('sshd.conf'),
    `Port ${port}\nListenAddress 127.0.0.1\nHostKey ${at('host.key')}\nPidFile none\nStrictModes no\nUsePAM no\n` +
      `PermitRootLogin yes\nPubkeyAuthentication yes\nAuthorizedKeysFile ${at('user.key.pub')}\n`,
  )
  await writeFile(
    at('ssh.conf'),
    `Host far\n  HostName 127.0.0.1\n  Port ${port}\n  IdentityFile ${at('user.key')}\n  IdentitiesOnly yes\n` +
      '  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n  BatchMode yes\n',
  )
  await writeFile(at('ssh'), `#!/bin/sh\nexec ssh -F '${at('ssh.conf')}' "$@"\n`)
  await chmod(at('ssh'), 0o755)
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true })
  server = spawn(sshd, ['-D', '-e', '-f', at('sshd.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
  server.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  await reachable(port)
  await mkdir(at('tree/sub'), { recursive: true })
  await writeFile(at('tree/sub/file'), noise('file', 300_000))
  await writeFile(at('tree/with space'), 'x')
})
afterAll(async () => {
  if (server?.exitCode === null) {
    server.kill()
    await new Promise((resolve) => server?.once('exit', resolve))
  }
  await rm(folder, { recursive: true, force: true })
})

const main = fileURLToPath(new URL('../../hosts/cli/main.ts', import.meta.url))
const ours = `${process.execPath} ${main} host casync`
const farEnds = [
  ['holdfast host casync', ours] as const,
  ...(hasCasync ? [['the real casync', 'casync'] as const] : []),
]

describe.runIf(canServe)('P-19: over a real ssh', () => {
  test.each(farEnds)('made at and extracted from %s', async (name, remotePath) => {
    const far = at(`a far place, ${name === 'the real casync' ? 'theirs' : 'ours'}`)
    await mkdir(far)
    const reach = { sshPath: at('ssh'), remotePath }
    const index = parseLocator(`${userInfo().username}@far:${far}/tree.caidx`)
    const options = { calls, featureFlags: chooseFeatures(), observer: listener() }
    const choice = { reach, sizes: defaultChunkSizes, compression: 'zstd', folder: options } as const
    const made = await makeArchive(index, at('tree'), choice, signal).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${errors}`)
    })
    expect(made).toMatch(/^[0-9a-f]{64}$/)
    await expect(readFile(path.join(far, 'tree.caidx'))).resolves.toBeDefined()
    const back = path.join(far, 'back')
    const extract = { reach, seeds: [], useTarget: false, idShift: undefined, calls }
    await extractArchive(index, back, extract, listener(), signal)
    const words = ['-aHAXnc', '--delete', '--itemize-changes', `${at('tree')}/`, `${back}/`]
    expect(execFileSync('rsync', words, { encoding: 'utf8' })).toBe('')
  })

  test.runIf(hasCasync)('the real casync works against holdfast host casync', () => {
    const environment = { CASYNC_SSH_PATH: at('ssh'), CASYNC_REMOTE_PATH: ours }
    const make = runCasync(['make', `far:${at('theirs.caidx')}`, at('tree')], folder, environment)
    expect([make.status, make.errors]).toEqual([0, ''])
    for (const verb of ['list', 'mtree', 'digest']) {
      const there = runCasync([verb, `far:${at('theirs.caidx')}`], folder, environment)
      expect(there.output).toBe(runCasync([verb, at('tree')]).output)
    }
    const stat = runCasync(['stat', `far:${at('theirs.caidx')}`], folder, environment)
    expect(stat.output).toBe(runCasync(['stat', at('theirs.caidx')], folder).output)
    const out = runCasync(['extract', `far:${at('theirs.caidx')}`, at('out')], folder, environment)
    expect([out.status, out.errors]).toEqual([0, ''])
  })

  test.runIf(hasCasync)('a repository at casync+ssh:// is read', async () => {
    await mkdir(at('alone'))
    const address = at('alone/name.castr')
    await createCasyncRepository(address)
    const options = { calls, featureFlags: chooseFeatures(), observer: listener() }
    const choice = { reach: {}, sizes: defaultChunkSizes, compression: 'zstd', folder: options } as const
    const store = parseLocator(address)
    await makeArchive(parseLocator(at('alone/adopted.caidx')), at('tree'), { ...choice, store }, signal)
    const here = await openCasyncRepository(address, { now: () => Date.now(), threads: 0 })
    const group = { namespace: '', type: 'host', backupId: 'desk' } as const
    const writing = { time: 1000, mode: 'data', compress: true, cryptMode: 'none' } as const
    const writer = await here.write(group, writing, signal)
    await writer.addBlob('note', Buffer.from('hello'))
    await writer.commit() // makes the list for those who read from afar
    await here.close()

    const remote = { sshPath: at('ssh') }
    const far = await openCasyncRepository(`casync+ssh://far${address}`, { now: () => Date.now(), remote })
    try {
      const found = await Array.fromAsync(far.snapshots(signal))
      expect(found.map(({ ref }) => ref.backupId)).toEqual(['desk', expect.stringMatching(/adopted$/)])
      const adopted = found.find(({ ref }) => ref.backupId !== 'desk')
      if (adopted === undefined) return expect.unreachable()
      const reader = await far.read(adopted.ref, signal)
      const content = reader.content(
        'adopted',
        ['sub', 'file'].map((name) => Buffer.from(name)),
        { offset: 0n },
        signal,
      )
      expect(Buffer.concat(await Array.fromAsync(content)).equals(noise('file', 300_000))).toBe(true)
      await reader.close()
    } finally {
      await far.close()
    }
  })
})

/** sshd says nothing when it is ready. */
async function reachable(port: number): Promise<void> {
  for (let time = 0; time < 600; time++) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (isThere) return
    await sleep(100)
  }
  throw new Error(`sshd did not start:\n${errors}`)
}
