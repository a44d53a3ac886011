import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import type { TreeEntry } from '../../archive/tree.ts'
import type { Directory } from '../../os/file-system-calls.ts'
import { openPortableCalls } from '../../os/open-file-system-calls.ts'
import { extractTree } from './extract.ts'
import type { ExtractOptions } from './extract-options.ts'
import {
  calls,
  canRun,
  directoryEntry,
  extractOptions,
  fileEntry,
  leave,
  listener,
  never,
  root,
  someMetadata,
  stream,
  symlinkEntry,
  temporaryFolder,
  walkAll,
  walkOptions,
} from './tree-fixture.ts'
import { walkTree } from './walk.ts'

const isRoot = process.geteuid?.() === 0

async function extract(entries: AsyncIterable<TreeEntry>, target: string, options: Partial<ExtractOptions> = {}) {
  const heard = listener()
  const counts = await extractTree(entries, target, { ...extractOptions, ...options }, heard, never)
  expect(counts.seen).toBe(counts.written + counts.identical + counts.skipped + counts.failed)
  expect(heard.problems.length).toBe(counts.skipped + counts.failed)
  return { ...heard, counts }
}

function copy(from: string, to: string, options: Partial<ExtractOptions> = {}) {
  return extract(walkTree(from, walkOptions, listener(), never), to, options)
}

/** All that a walk says of a tree, for comparison. */
async function describeTree(folder: string) {
  const { seen, problems } = await walkAll(folder)
  expect(problems).toEqual([])
  return seen.map(({ path, entry, content }) => {
    const { open: _, ...rest } = { open: undefined, ...entry }
    return { path, ...rest, content: content?.toString('hex') }
  })
}

function makeRichTree(folder: string): void {
  const at = (name: string) => join(folder, name)
  mkdirSync(at('dir/empty'), { recursive: true })
  writeFileSync(at('dir/file'), 'content')
  linkSync(at('dir/file'), at('other-name'))
  symlinkSync('dir/file', at('link'))
  symlinkSync('/no/where', at('dangling'))
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x20, 0x0a])]), 'odd')
  writeFileSync(at('large'), Buffer.alloc(2_500_000, 'abc'))
  if (isRoot) {
    execFileSync('mkfifo', [at('fifo')])
    execFileSync('mknod', [at('device'), 'b', '7', '300'])
    execFileSync('chown', ['1234:4321', at('dir/file')])
    execFileSync('chown', ['-h', '11:12', at('link')])
    canRun('setcap', 'cap_net_raw+ep', at('large'))
    canRun('setfattr', '-h', '-n', 'trusted.mark', '-v', 'x', at('link'))
    canRun('chattr', '+d', at('large'))
  }
  canRun('setfattr', '-n', 'user.colour', '-v', 'blue', at('dir/file'))
  canRun('setfacl', '-m', 'u:1000:rw,m::rw', at('large'))
  canRun('setfacl', '-d', '-m', 'u:7:rwx', at('dir'))
  chmodSync(at('dir/file'), 0o4755)
  chmodSync(at('dir/empty'), 0o1555)
  execFileSync('touch', [
    '-h',
    '-d',
    '2001-02-03T04:05:06.123456789Z',
    at('link'),
    at('dir/file'),
    at('dir/empty'),
    at('dir'),
  ])
}

describe('a restore', () => {
  it('brings a tree back as it was, hard links as one file', async () => {
    const from = temporaryFolder()
    const to = join(temporaryFolder(), 'made/on/the/way')
    makeRichTree(from)
    const { problems, warnings, counts } = await copy(from, to, { sync: true })
    expect([problems, warnings]).toEqual([[], []])
    expect(counts.written).toBe(counts.seen)
    expect(await describeTree(to)).toEqual(await describeTree(from))
    expect(statSync(join(to, 'other-name')).ino).toBe(statSync(join(to, 'dir/file')).ino)
    expect(readdirSync(to).filter((name) => name.startsWith('.holdfast'))).toEqual([])
  })

  it('brings the same back over itself, and finds all of it identical', async () => {
    const from = temporaryFolder()
    const to = temporaryFolder()
    makeRichTree(from)
    await copy(from, to)
    const { counts } = await copy(from, to)
    expect(counts.identical).toBe(counts.seen)
  })

  it('does what it can with plain Node calls', async () => {
    const from = temporaryFolder()
    const to = temporaryFolder()
    mkdirSync(join(from, 'd'))
    writeFileSync(join(from, 'd/a'), 'x')
    linkSync(join(from, 'd/a'), join(from, 'b'))
    symlinkSync('d/a', join(from, 'l'))
    utimesSync(join(from, 'd/a'), 1e9, 1e9)
    const plain = openPortableCalls()
    const walk = walkTree(from, { ...walkOptions, calls: plain }, listener(), never)
    const { counts, problems } = await extract(walk, to, { calls: plain })
    expect([counts.written, problems]).toEqual([4, []])
    expect((await describeTree(to)).map(({ path, content }) => [path, content])).toEqual([
      ['', undefined],
      ['/b', '78'],
      ['/d', undefined],
      ['/d/a', undefined],
      ['/l', undefined],
    ])
    expect(statSync(join(to, 'b')).mtimeMs).toBe(1e12)
    if (isRoot) {
      const fifo: TreeEntry = { kind: 'fifo', name: Buffer.from('p'), metadata: someMetadata }
      const refused = await extract(stream(root, fifo, leave), to, { calls: plain })
      expect(refused.problems.map(({ path, outcome }) => [path, outcome])).toEqual([['/p', 'failed']])
    }
  })

  it('goes deeper than a path may be long, both ways', async () => {
    const top = temporaryFolder()
    const from = join(top, 'from')
    mkdirSync(from)
    let directory: Directory = calls.openDirectory(Buffer.from(from))
    const depth = 300
    const name = Buffer.from('a folder with quite a long name')
    for (let i = 0; i < depth; i++) {
      directory.makeDirectory(name, 0o755)
      const child = directory.openDirectory(name)
      directory.close()
      directory = child
    }
    directory.makeSymlink(Buffer.from('bottom'), Buffer.from('x'))
    directory.close()
    const { counts, problems } = await copy(from, join(top, 'to'))
    expect([counts.written, problems]).toEqual([depth + 2, []])
    const { seen } = await walkAll(join(top, 'to'))
    expect(seen.at(-1)?.path.length).toBeGreaterThan(4096 * 2)
    expect(seen.at(-1)?.path.endsWith('/bottom')).toBe(true)
  })

  it('leaves holes where there are long zeros', async () => {
    const to = temporaryFolder()
    const content = Buffer.alloc(3_000_000)
    content.write('begin')
    content.write('middle', 1_500_000)
    await extract(stream(root, fileEntry('sparse', content), fileEntry('zeros', Buffer.alloc(1_000_000)), leave), to)
    expect(readFileSync(join(to, 'sparse')).equals(content)).toBe(true)
    expect(readFileSync(join(to, 'zeros')).equals(Buffer.alloc(1_000_000))).toBe(true)
    expect(statSync(join(to, 'sparse')).blocks * 512).toBeLessThan(100_000)
    expect(statSync(join(to, 'zeros')).blocks).toBe(0)
  })

  it.each([
    ['overwrite', 'new', ['f']],
    ['skip', 'old', ['f']],
    ['newer', 'old', ['f']],
    ['rename', 'old', ['f', 'f (restored)']],
  ] as const)('with %s leaves %s content where a newer file is', async (conflict, content, names) => {
    const to = temporaryFolder()
    writeFileSync(join(to, 'f'), 'old')
    await extract(stream(root, fileEntry('f', 'new'), leave), to, { conflict })
    expect(readdirSync(to)).toEqual(names)
    expect(readFileSync(join(to, 'f'), 'utf8')).toBe(content)
  })

  it('with newer replaces what is older', async () => {
    const to = temporaryFolder()
    writeFileSync(join(to, 'f'), 'old')
    utimesSync(join(to, 'f'), 1, 1)
    const { counts } = await extract(stream(root, fileEntry('f', 'new'), leave), to, { conflict: 'newer' })
    expect([counts.written, readFileSync(join(to, 'f'), 'utf8')]).toEqual([1, 'new'])
  })

  it('leaves out what is below a folder that it may not make', async () => {
    const to = temporaryFolder()
    writeFileSync(join(to, 'd'), 'a file')
    const entries = stream(
      root,
      directoryEntry('d'),
      directoryEntry('e'),
      fileEntry('f', 'x'),
      leave,
      leave,
      fileEntry('g', 'y'),
      leave,
    )
    const { counts, problems } = await extract(entries, to, { conflict: 'skip' })
    expect(problems.map(({ path }) => path)).toEqual(['/d', '/d/e', '/d/e/f'])
    expect([counts.written, readdirSync(to)]).toEqual([1, ['d', 'g']])
  })

  it('never writes through a link, in the target or in the archive', async () => {
    const outside = temporaryFolder()
    const to = temporaryFolder()
    symlinkSync(outside, join(to, 'd'))
    symlinkSync(join(outside, 'f'), join(to, 'f'))
    await extract(stream(root, directoryEntry('d'), fileEntry('x', '1'), leave, fileEntry('f', '2'), leave), to)
    expect([lstatSync(join(to, 'd')).isDirectory(), lstatSync(join(to, 'f')).isFile()]).toEqual([true, true])
    // The archive brings its own link, then a folder and a file of the same name.
    const twice = stream(
      root,
      symlinkEntry('l', outside),
      directoryEntry('l'),
      fileEntry('x', '3'),
      leave,
      fileEntry('l', '4'),
      leave,
    )
    const { problems } = await extract(twice, join(to, 'fresh'))
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ['/l', 'in-the-way'],
      ['/l/x', 'in-the-way'],
      ['/l', 'in-the-way'],
    ])
    // A hard link through a link.
    const through: TreeEntry = { kind: 'hardlink', name: Buffer.from('h'), target: Buffer.from('l/secret') }
    writeFileSync(join(outside, 'secret'), 's')
    const linked = await extract(stream(root, symlinkEntry('l', outside), through, leave), join(to, 'again'))
    expect(linked.problems.map(({ code }) => code)).toEqual(['link-target'])
    expect(readdirSync(outside)).toEqual(['secret'])
  })

  it.each(['..', '.', '', 'a/b', '/etc', 'x\0'])('refuses an archive with the name %j', async (name) => {
    const to = join(temporaryFolder(), 'to')
    const refusal = { code: 'archive/unsafe-path' }
    await expect(extract(stream(root, fileEntry(name, 'x'), leave), to)).rejects.toMatchObject(refusal)
    await expect(extract(stream(root, directoryEntry(name), leave, leave), to)).rejects.toMatchObject(refusal)
    const link: TreeEntry = { kind: 'hardlink', name: Buffer.from('h'), target: Buffer.from(`a/${name}`) }
    if (name !== 'a/b') await expect(extract(stream(root, link, leave), to)).rejects.toMatchObject(refusal)
    expect(readdirSync(to)).toEqual([])
  })

  it('leaves nothing of a file whose content fails, and goes on', async () => {
    const to = temporaryFolder()
    writeFileSync(join(to, 'a'), 'old')
    const broken = (name: string, error: Error): TreeEntry => ({
      kind: 'file',
      name: Buffer.from(name),
      metadata: someMetadata,
      sizeBytes: 10n,
      open: () => ({ read: () => Promise.reject(error), close: () => {} }),
    })
    const short: TreeEntry = { ...fileEntry('c', 'short'), sizeBytes: 9n } as TreeEntry
    const link: TreeEntry = { kind: 'hardlink', name: Buffer.from('h'), target: Buffer.from('a') }
    const entries = stream(
      root,
      broken('a', new HoldfastError('chunk/corrupt')),
      short,
      link,
      fileEntry('d', 'x'),
      leave,
    )
    const { problems, counts } = await extract(entries, to)
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ['/a', 'damaged'],
      ['/c', 'damaged'],
      ['/h', 'link-target'],
    ])
    expect([counts.written, counts.failed, readdirSync(to)]).toEqual([1, 3, ['a', 'd']])
    expect(readFileSync(join(to, 'a'), 'utf8')).toBe('old')
    // Without a repository there is no point in going on.
    const gone = stream(root, broken('e', new HoldfastError('repository/unreachable')), leave)
    await expect(extract(gone, to)).rejects.toMatchObject({ code: 'repository/unreachable' })
    expect(existsSync(join(to, 'e'))).toBe(false)
  })

  it('stops on a full disk and on one that cannot be written, and leaves nothing partial', async () => {
    const mount = temporaryFolder()
    if (!canRun('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount)) return
    try {
      const noise = Buffer.alloc(3_000_000, 'x')
      const entries = stream(root, fileEntry('small', 'x'), fileEntry('big', noise), leave)
      await expect(extract(entries, join(mount, 'to'))).rejects.toMatchObject({ code: 'disk/full' })
      expect(readdirSync(join(mount, 'to'))).toEqual(['small'])
      execFileSync('mount', ['-o', 'remount,ro', mount])
      await expect(extract(stream(root, leave), join(mount, 'to'))).rejects.toMatchObject({ code: 'disk/read-only' })
    } finally {
      execFileSync('umount', [mount])
    }
  })

  it('makes files without what the folder would have them inherit', async () => {
    const to = temporaryFolder()
    if (!canRun('setfacl', '-d', '-m', 'u:1234:rwx', to)) return
    await extract(stream(root, fileEntry('f', 'x'), directoryEntry('d'), fileEntry('g', 'x'), leave, leave), to, {
      applyToRoot: false,
    })
    const { seen } = await walkAll(to)
    for (const { path, entry } of seen)
      if (path !== '' && 'metadata' in entry) expect(entry.metadata.acl).toBeUndefined()
  })

  it('carries over only what was chosen, and no set-id bit without its owner', async () => {
    const to = temporaryFolder()
    const file = { ...fileEntry('f', 'x'), metadata: { ...someMetadata, permissions: 0o4755, uid: 1234 } } as TreeEntry
    const carryOver = { owner: false, permissions: true, times: false, attributes: false, links: false }
    const began = Date.now() - 10_000
    const { problems } = await extract(stream(root, file, symlinkEntry('l', 'f'), leave), to, { carryOver })
    const status = statSync(join(to, 'f'))
    expect([status.mode & 0o7777, status.uid]).toEqual([0o755, process.geteuid?.()])
    expect(status.mtimeMs).toBeGreaterThan(began)
    expect(problems.map(({ path, outcome }) => [path, outcome])).toEqual([['/l', 'skipped']])
    expect(() => readlinkSync(join(to, 'l'))).toThrow()
  })

  it('ends on cancel with the folders in order', async () => {
    const to = temporaryFolder()
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<TreeEntry> {
      yield root
      yield directoryEntry('d')
      for (let i = 0; ; i++) {
        if (i === 200) setImmediate(() => controller.abort(new Error('enough')))
        yield fileEntry(`${i}`, 'x')
      }
    }
    await expect(extractTree(endless(), to, extractOptions, listener(), controller.signal)).rejects.toThrow('enough')
    expect(statSync(join(to, 'd')).mode & 0o777).toBe(0o755)
    for (const name of readdirSync(join(to, 'd'))) expect(readFileSync(join(to, 'd', name), 'utf8')).toBe('x')
  })
})
