import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { FileEntry, TreeEntry } from '../../archive/tree.ts'
import type { Directory } from '../../os/file-system-calls.ts'
import { isTemporaryName } from '../../os/temporary-name.ts'
import { extractTree } from './extract.ts'
import { removeTree } from './remove-tree.ts'
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
} from './tree-fixture.ts'
import { undoRestore } from './undo-restore.ts'

const fileBytes = 100_000
const slowBytes = 3 << 20

async function extract(entries: AsyncIterable<TreeEntry>, to: string, safetyCopy?: string) {
  const heard = listener()
  const counts = await extractTree(entries, to, { ...extractOptions, safetyCopy }, heard, never)
  return { ...heard, counts }
}

/** A process that restores `d` with 400 files of the same content, and one that never ends if it is told so. */
function restoreElsewhere(
  to: string,
  file: 'endless' | 'none',
  safety = '',
): { process: ChildProcess; half: Promise<unknown> } {
  const module = (name: string) => new URL(name, import.meta.url).href
  const source = `
    import { extractTree } from '${module('./extract.ts')}'
    import { openFileSystemCalls } from '${module('../../os/open-file-system-calls.ts')}'
    const [to, safety] = process.argv.slice(1)
    const metadata = { permissions: 0o644, uid: process.geteuid(), gid: process.getegid(), mtimeNs: 10n ** 18n, flags: 0n, xattrs: [] }
    const content = (sizeBytes, endless) => () => {
      let left = sizeBytes
      return {
        read(into) {
          if (endless && left <= sizeBytes / 2) { console.log('half'); setInterval(() => {}, 1000); return new Promise(() => {}) }
          const count = Math.min(into.length, left)
          into.fill('x', 0, count)
          left -= count
          return count
        },
        close() {},
      }
    }
    async function* entries() {
      yield { kind: 'directory', name: new Uint8Array(0), metadata: { ...metadata, permissions: 0o755 } }
      yield { kind: 'directory', name: Buffer.from('d'), metadata: { ...metadata, permissions: 0o755 } }
      for (let i = 0; i < 400; i++)
        yield { kind: 'file', name: Buffer.from('f' + i), metadata, sizeBytes: ${fileBytes}n, open: content(${fileBytes}) }
      if (${file === 'endless'})
        yield { kind: 'file', name: Buffer.from('slow'), metadata, sizeBytes: ${slowBytes}n, open: content(${slowBytes}, true) }
      yield { kind: 'leave' }
      yield { kind: 'leave' }
    }
    const options = {
      calls: openFileSystemCalls(), conflict: 'overwrite', applyToRoot: true, sync: false, safetyCopy: safety || undefined,
      carryOver: { owner: true, permissions: true, times: true, attributes: true, links: true },
    }
    console.log('begin')
    await extractTree(entries(), to, options, { problem() {}, warning() {} }, new AbortController().signal)
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', source, to, safety], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const wanted = file === 'endless' ? 'half' : 'begin'
  const half = new Promise<void>((resolve, reject) => {
    // stdio says that there is a pipe
    createInterface({ input: child.stdout! }).on('line', (line) => line === wanted && resolve())
    child.once('exit', () => reject(new Error('it ended early')))
  })
  return { process: child, half }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
  child.kill('SIGKILL')
  await ended
}

const temporaryNames = (folder: string) => readdirSync(folder).filter((name) => isTemporaryName(Buffer.from(name)))
const again = () => stream(root, directoryEntry('d'), fileEntry('f0', 'whole'), leave, leave)

describe.runIf(calls.capabilities.anchored)('a folder without its name yet', () => {
  it('is all that a killed restore leaves, and the next restore removes it', async () => {
    const to = temporaryFolder()
    const { process: child, half } = restoreElsewhere(to, 'endless')
    await half
    const [staged] = temporaryNames(to)
    expect(readdirSync(to)).toEqual([staged])
    expect(statSync(join(to, staged ?? '', 'slow')).size).toBeLessThan(slowBytes)
    // As long as its owner lives, nobody takes it away.
    await extract(stream(root, directoryEntry('e'), leave, leave), to)
    expect(readdirSync(to)).toEqual([staged, 'e'])
    await kill(child)
    expect(existsSync(join(to, 'd'))).toBe(false)
    const { counts, problems, warnings } = await extract(again(), to)
    expect([counts.failed, problems, warnings]).toEqual([0, [], []])
    expect(readdirSync(to)).toEqual(['d', 'e'])
    expect(readdirSync(join(to, 'd'))).toEqual(['f0'])
  })

  it('goes with undoing the restore that was killed', async () => {
    const top = temporaryFolder()
    const [to, safety] = [join(top, 'to'), join(top, 'safety')]
    mkdirSync(to)
    const { process: child, half } = restoreElsewhere(to, 'endless', safety)
    await half
    await kill(child)
    expect(temporaryNames(to).length).toBe(1)
    for (let run = 0; run < 2; run++) {
      const heard = listener()
      await undoRestore(safety, calls, heard, never)
      expect([heard.problems, readdirSync(to)]).toEqual([[], []])
    }
  })

  it('shows only whole files, whenever the process is killed', async () => {
    const to = temporaryFolder()
    for (let round = 0; round < 8; round++) {
      const target = join(to, `${round}`)
      mkdirSync(target)
      const { process: child, half } = restoreElsewhere(target, 'none')
      await half
      await delay(round * 8)
      await kill(child)
      for (const name of readdirSync(target)) {
        if (isTemporaryName(Buffer.from(name))) continue
        const folder = join(target, name)
        expect(readdirSync(folder).length).toBe(400)
        for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size).toBe(fileBytes)
      }
      await extract(again(), target)
      expect(readdirSync(target)).toEqual(['d'])
    }
  })

  it('gets its name before a large file, and what comes then is as safe as in any folder', async () => {
    const to = temporaryFolder()
    const seen: string[][] = []
    const sizeBytes = 64n << 20n
    const large: FileEntry = {
      kind: 'file',
      name: Buffer.from('large'),
      metadata: someMetadata,
      sizeBytes,
      open() {
        let left = Number(sizeBytes)
        return {
          read(into) {
            if (seen.length === 0) seen.push(readdirSync(to), readdirSync(join(to, 'd')))
            const count = Math.min(left, into.length)
            into.fill(0, 0, count)
            left -= count
            return count
          },
          close() {},
        }
      },
    }
    const inner = [directoryEntry('n'), fileEntry('x', '1'), leave]
    const link: TreeEntry = { kind: 'hardlink', name: Buffer.from('h'), target: Buffer.from('d/a') }
    const { problems } = await extract(
      stream(root, directoryEntry('d'), fileEntry('a', 'x'), large, ...inner, link, leave, leave),
      to,
    )
    expect([problems, seen]).toEqual([[], [['d'], ['a']]])
    expect(readdirSync(join(to, 'd'))).toEqual(['a', 'h', 'large', 'n'])
    expect(statSync(join(to, 'd/a')).nlink).toBe(2)
    expect(statSync(join(to, 'd')).mode & 0o777).toBe(0o755)
  })

  it('links to files in it, and in it to files elsewhere', async () => {
    const to = temporaryFolder()
    const link = (name: string, target: string): TreeEntry => ({
      kind: 'hardlink',
      name: Buffer.from(name),
      target: Buffer.from(target),
    })
    const entries = stream(
      root,
      fileEntry('a', 'x'),
      directoryEntry('d'),
      fileEntry('b', 'y'),
      link('a', 'a'),
      directoryEntry('e'),
      link('b', 'd/b'),
      leave,
      leave,
      link('z', 'd/e/b'),
      leave,
    )
    const { problems } = await extract(entries, to)
    expect(problems).toEqual([])
    expect(['a', 'd/b'].map((name) => statSync(join(to, name)).nlink)).toEqual([2, 3])
  })

  it('takes another name when somebody took its own, and is undone all the same', async () => {
    const top = temporaryFolder()
    const [to, safety] = [join(top, 'to'), join(top, 'safety')]
    mkdirSync(to)
    const intruding: FileEntry = {
      ...(fileEntry('f', 'mine') as FileEntry),
      open() {
        mkdirSync(join(to, 'd'))
        writeFileSync(join(to, 'd/theirs'), 'theirs')
        return (fileEntry('f', 'mine') as FileEntry).open()
      },
    }
    const { warnings, problems } = await extract(
      stream(root, directoryEntry('d'), intruding, symlinkEntry('l', 'f'), leave, leave),
      to,
      safety,
    )
    expect([problems, warnings.map(({ path }) => path)]).toEqual([[], ['/d']])
    expect(readdirSync(to)).toEqual(['d', 'd (restored)'])
    expect(readFileSync(join(to, 'd (restored)/f'), 'utf8')).toBe('mine')
    const heard = listener()
    const counts = await undoRestore(safety, calls, heard, never)
    expect([heard.problems, counts.undone]).toEqual([[], counts.seen])
    expect([readdirSync(to), readdirSync(join(to, 'd'))]).toEqual([['d'], ['theirs']])
  })

  it('may become immutable, and hold what is', async () => {
    const to = temporaryFolder()
    writeFileSync(join(to, 'probe'), '')
    if (!canRun('chattr', '+i', join(to, 'probe'))) return
    canRun('chattr', '-i', join(to, 'probe'))
    const immutable = { ...someMetadata, flags: 0x400000n }
    const entries = stream(
      root,
      { ...directoryEntry('d'), metadata: { ...immutable, permissions: 0o555 } } as TreeEntry,
      { ...fileEntry('f', 'x'), metadata: immutable } as TreeEntry,
      leave,
      leave,
    )
    const { warnings, problems } = await extract(entries, to)
    expect([warnings, problems, readdirSync(to)]).toEqual([[], [], ['d', 'probe']])
    const { seen } = await walkAll(to)
    const flags = seen.map(({ path, entry }) => [path, 'metadata' in entry && entry.metadata.flags])
    expect(flags).toContainEqual(['/d', 0x400000n])
    expect(flags).toContainEqual(['/d/f', 0x400000n])
    // What was left behind is removed whatever was done to it, or the test could not clean up after itself.
    const directory = calls.openDirectory(Buffer.from(to))
    removeTreeUnlocked(directory)
    directory.close()
    expect(readdirSync(to)).toEqual(['probe'])
  })

  it('is removed however deep it is, and nothing that links lead to', () => {
    const outside = temporaryFolder()
    writeFileSync(join(outside, 'f'), 'x')
    const top = calls.openDirectory(Buffer.from(temporaryFolder()))
    let directory: Directory = top
    for (let i = 0; i < 300; i++) {
      directory.makeDirectory(Buffer.from('d'), 0o755)
      directory.makeSymlink(Buffer.from('l'), Buffer.from(outside))
      const child = directory.openDirectory(Buffer.from('d'))
      if (directory !== top) directory.close()
      directory = child
    }
    directory.close()
    removeTree(top, Buffer.from('d'))
    expect(top.names().map(String)).toEqual(['l'])
    expect(readdirSync(outside)).toEqual(['f'])
    top.close()
  })
})

function removeTreeUnlocked(directory: Directory): void {
  const node = directory.openNode(Buffer.from('d'), 'directory')
  node.setFlags(0)
  node.close()
  removeTree(directory, Buffer.from('d'))
}
