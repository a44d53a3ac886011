import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { calls, canRun, listener, temporaryFolder, walkAll, walkOptions } from './tree-fixture.ts'
import { walkTree } from './walk.ts'

const isRoot = process.geteuid?.() === 0
if (!isRoot) console.log('not tested: devices, trusted attributes and capabilities need root')
if (!calls.capabilities.xattrs) console.log('not tested: this platform has no extended attributes for us')

function balanced({
  seen,
  handedOver,
  skipped,
  failed,
}: {
  seen: number
  handedOver: number
  skipped: number
  failed: number
}) {
  expect(seen).toBe(handedOver + skipped + failed)
}

describe('a walk', () => {
  it('hands over a tree depth first, by the bytes of the names, each directory with its end', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'b'))
    for (const name of ['b/x', 'b.txt', 'a', 'Z', 'ä']) writeFileSync(join(folder, name), name)
    const { seen, counts, problems } = await walkAll(folder)
    expect(seen.map(({ path }) => path)).toEqual(['', '/Z', '/a', '/b', '/b/x', '/b.txt', '/ä'])
    expect(seen.find(({ path }) => path === '/b/x')?.content?.toString()).toBe('b/x')
    expect([problems, counts]).toEqual([[], { seen: 7, handedOver: 7, skipped: 0, failed: 0 }])
  })

  it('keeps names that are not text', async () => {
    const folder = temporaryFolder()
    const name = Buffer.from([0x66, 0xff, 0xfe])
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), 'x')
    const { seen } = await walkAll(folder)
    const entry = seen[1]?.entry
    expect(entry?.kind === 'file' && name.equals(entry.name)).toBe(true)
  })

  it('keeps nanoseconds, permissions and links', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'f'), '')
    chmodSync(join(folder, 'f'), 0o4751)
    symlinkSync('no/where', join(folder, 'l'))
    execFileSync('touch', ['-d', '1969-12-31T23:59:58.123456789Z', join(folder, 'f')])
    const { find } = await walkAll(folder)
    const file = find('/f')?.entry
    const link = find('/l')?.entry
    if (file?.kind !== 'file' || link?.kind !== 'symlink') return expect.unreachable()
    expect(file.metadata.mtimeNs).toBe(-1_876_543_211n)
    expect(file.metadata.permissions).toBe(0o4751)
    expect(Buffer.from(link.target).toString()).toBe('no/where')
  })

  it.runIf(isRoot)('knows fifos, sockets and devices', async () => {
    const folder = temporaryFolder()
    execFileSync('mkfifo', [join(folder, 'fifo')])
    execFileSync('mknod', [join(folder, 'dev'), 'c', '300', '70000'])
    const directory = calls.openDirectory(Buffer.from(folder))
    directory.makeNode(Buffer.from('socket'), { kind: 'socket', permissions: 0o600 })
    directory.close()
    const { seen } = await walkAll(folder)
    expect(seen.map(({ entry }) => entry.kind)).toEqual(['directory', 'char-device', 'fifo', 'socket'])
    expect(seen[1]?.entry).toMatchObject({ major: 300n, minor: 70000n })
  })

  it.runIf(isRoot)('reads attributes, ACLs, capabilities and flags', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'f')
    writeFileSync(file, 'x')
    const tools =
      canRun('setfattr', '-n', 'user.colour', '-v', 'blue', file) &&
      canRun('setfattr', '-n', 'trusted.t', '-v', 'y', file) &&
      canRun('setfacl', '-m', 'u:1000:rw,g:50:r', file) &&
      canRun('setfacl', '-d', '-m', 'u:7:rwx', folder) &&
      canRun('setcap', 'cap_net_raw+ep', file) &&
      canRun('chattr', '+d', file)
    if (!tools) return
    const { find, seen } = await walkAll(folder)
    const entry = find('/f')?.entry
    if (entry?.kind !== 'file') return expect.unreachable()
    const names = entry.metadata.xattrs.map(({ name, value }) => `${Buffer.from(name)}=${Buffer.from(value)}`)
    expect(names.sort()).toEqual(['trusted.t=y', 'user.colour=blue'])
    expect(entry.metadata.acl).toEqual({
      users: [{ id: 1000, permissions: 6, name: calls.owners.userName(1000) }],
      groups: [{ id: 50, permissions: 4, name: calls.owners.groupName(50) }],
      groupObject: 4,
    })
    expect(entry.metadata.capability?.length).toBe(20)
    expect(entry.metadata.flags).toBe(0x100000n)
    const top = seen[0]?.entry
    expect(top?.kind === 'directory' && top.metadata.acl?.defaults?.users).toEqual([
      { id: 7, permissions: 7, name: calls.owners.userName(7) },
    ])
  })

  it('hands over a file with several names once, and not under a name that is left out', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'd'))
    writeFileSync(join(folder, 'a'), 'x')
    linkSync(join(folder, 'a'), join(folder, 'd', 'b'))
    linkSync(join(folder, 'a'), join(folder, 'e'))
    const { seen } = await walkAll(folder, { exclude: ['/a'] })
    expect(seen.map(({ path, entry }) => [path, entry.kind])).toEqual([
      ['', 'directory'],
      ['/d', 'directory'],
      ['/d/b', 'file'],
      ['/e', 'hardlink'],
    ])
    const link = seen[3]?.entry
    expect(link?.kind === 'hardlink' && Buffer.from(link.target).toString()).toBe('d/b')
  })

  it('leaves out what rules exclude, names the rule, and does not enter', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'd/cache'), { recursive: true })
    for (const name of ['a.tmp', 'd/a.tmp', 'd/keep.tmp', 'd/cache/x', 'z']) writeFileSync(join(folder, name), '')
    writeFileSync(join(folder, 'd/.pxarexclude'), '!keep.tmp\n/cache/\n[oops\n')
    const { seen, problems, counts } = await walkAll(folder, { exclude: ['*.tmp'] })
    expect(seen.map(({ path }) => path)).toEqual(['', '/d', '/d/.pxarexclude', '/d/keep.tmp', '/z'])
    expect(problems.map(({ path, reason, outcome }) => [path, reason, outcome])).toEqual([
      ['/a.tmp', 'Excluded by *.tmp', 'skipped'],
      ['/d/.pxarexclude', '[oops: a set is not closed: byte 0', 'failed'],
      ['/d/a.tmp', 'Excluded by *.tmp', 'skipped'],
      ['/d/cache', 'Excluded by /cache/ in /d/.pxarexclude', 'skipped'],
    ])
    balanced(counts)
  })

  it('records the patterns of the plan at the end of the root, and passes over a real file of that name', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, '.pxarexclude-cli'), 'mine')
    writeFileSync(join(folder, 'z'), '')
    const { seen, counts } = await walkAll(folder, { exclude: ['*.tmp', '!x'], recordExcludes: true })
    expect(seen.map(({ path }) => path)).toEqual(['', '/z', '/.pxarexclude-cli'])
    expect(seen[2]?.content?.toString()).toBe('*.tmp\n!x\n')
    expect(counts).toEqual({ seen: 3, handedOver: 2, skipped: 1, failed: 0 })
  })

  it('never enters a virtual file system, nor another one unless it was asked to', async () => {
    const proc = await walkAll('/proc', { fileSystems: 'all' })
    expect(proc.seen.map(({ path }) => path)).toEqual([''])
    expect(proc.problems.map(({ code }) => code)).toEqual(['virtual-file-system'])
    const folder = temporaryFolder()
    const mount = join(folder, 'mnt')
    mkdirSync(mount)
    if (!canRun('mount', '-t', 'tmpfs', 'tmpfs', mount)) return
    try {
      writeFileSync(join(mount, 'inside'), 'x')
      const one = await walkAll(folder)
      expect(one.seen.map(({ path }) => path)).toEqual(['', '/mnt'])
      expect(one.problems.map(({ path, code }) => [path, code])).toEqual([['/mnt', 'other-file-system']])
      balanced(one.counts)
      for (const fileSystems of ['all', ['/mnt']] as const) {
        const { seen } = await walkAll(folder, { fileSystems })
        expect(seen.map(({ path }) => path)).toEqual(['', '/mnt', '/mnt/inside'])
      }
    } finally {
      execFileSync('umount', [mount])
    }
  })

  it('goes on when an entry vanishes, is replaced, shrinks or grows', async () => {
    const folder = temporaryFolder()
    const at = (name: string) => join(folder, name)
    for (const name of ['a-dir', 'b-dir']) mkdirSync(at(name))
    for (const name of ['grows', 'replaced', 'shrinks', 'stays', 'turns', 'vanishes', 'x-late'])
      writeFileSync(at(name), 'content')
    const { find, seen, problems, counts } = await walkAll(folder, {}, (path, _entry, moment) => {
      if (moment === 'before') {
        if (path === '/a-dir') rmSync(at('b-dir'), { recursive: true })
        if (path === '/vanishes') rmSync(at('vanishes'))
        if (path === '/replaced') {
          writeFileSync(at('new'), 'other')
          renameSync(at('new'), at('replaced'))
        }
        if (path === '/turns') {
          rmSync(at('turns'))
          symlinkSync('stays', at('turns'))
        }
        if (path === '/stays') rmSync(at('x-late'))
      } else {
        if (path === '/shrinks') truncateSync(at('shrinks'), 3)
        if (path === '/grows') appendFileSync(at('grows'), 'more')
      }
    })
    expect(seen.map(({ path }) => path)).toEqual(['', '/a-dir', '/grows', '/shrinks', '/stays'])
    expect(find('/shrinks')?.content?.toString()).toBe('con\0\0\0\0')
    expect(find('/grows')?.content?.toString()).toBe('content')
    expect(problems.map(({ path, outcome, code }) => [path, outcome, code])).toEqual([
      ['/b-dir', 'skipped', 'vanished'],
      ['/grows', 'skipped', 'changed'],
      ['/replaced', 'failed', 'changed'],
      ['/shrinks', 'failed', 'changed'],
      ['/turns', 'failed', 'unreadable'],
      ['/vanishes', 'skipped', 'vanished'],
      ['/x-late', 'skipped', 'vanished'],
    ])
    balanced(counts)
  })

  it('hands over the next name of a file whose first could not be read', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a'), 'x')
    linkSync(join(folder, 'a'), join(folder, 'b'))
    const { seen } = await walkAll(folder, {}, (path, _entry, moment) => {
      if (path === '/a' && moment === 'before') {
        rmSync(join(folder, 'a'))
        mkdirSync(join(folder, 'a'))
      }
    })
    expect(seen.map(({ path, entry }) => [path, entry.kind])).toEqual([
      ['', 'directory'],
      ['/b', 'file'],
    ])
  })

  it('ends at the limit of entries, when the root is not there, and on cancel', async () => {
    const folder = temporaryFolder()
    for (let i = 0; i < 3000; i++) writeFileSync(join(folder, `${i}`), '')
    await expect(walkAll(folder, { entriesLimit: 2999 })).rejects.toMatchObject({ code: 'source/too-many-entries' })
    await expect(walkAll(join(folder, 'none'))).rejects.toMatchObject({ code: 'source/vanished' })
    const controller = new AbortController()
    const consume = async () => {
      let entries = 0
      for await (const _ of walkTree(folder, walkOptions, listener(), controller.signal)) {
        entries += 1
        if (entries === 10) setImmediate(() => controller.abort(new Error('enough')))
        // Work that takes its time, so that the walk has reason to pause.
        if (entries > 10) for (const end = performance.now() + 1; performance.now() < end; );
      }
    }
    await expect(consume()).rejects.toThrow('enough')
  })

  it('does not touch the access time', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'f'), 'x')
    utimesSync(join(folder, 'f'), 1, 1e9)
    const before = execFileSync('stat', ['-c', '%X', join(folder, 'f')]).toString()
    await walkAll(folder)
    expect(execFileSync('stat', ['-c', '%X', join(folder, 'f')]).toString()).toBe(before)
  })
})
