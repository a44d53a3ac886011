import { execFileSync, spawnSync } from 'node:child_process'
import { createReadStream } from 'node:fs'
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collectTree, comparable } from '../pxar/trees.fixture.ts'
import type { Metadata, TreeEntry } from '../tree.ts'
import { decodeCatar } from './decoder.ts'
import { encodeInMemory } from './encode.fixture.ts'
import { chooseFeatures, featureSet } from './feature-flags.ts'
import { streamOf } from './vectors.fixture.ts'

const hasCasync = spawnSync('casync', ['--version']).status === 0
const { signal } = new AbortController()

if (!hasCasync) {
  test('nothing was compared with the real program: casync is not on the PATH', () => {
    console.warn('casync is not installed: the comparison with the real program did not run')
  })
}

const casync = (...args: string[]): string =>
  execFileSync('casync', args, { encoding: 'utf8', timeout: 250_000 }).trim()

/** What lies on the disk, as an archive without owners, attributes and labels has it. */
async function* walk(folder: string, name = ''): AsyncGenerator<TreeEntry> {
  const stat = await lstat(folder, { bigint: true })
  const metadata: Metadata = {
    permissions: Number(stat.mode & 0o7777n),
    uid: 0,
    gid: 0,
    mtimeNs: stat.mtimeNs,
    flags: 0n,
    xattrs: [],
  }
  const bytes = new TextEncoder().encode(name)
  if (stat.isSymbolicLink()) {
    yield { kind: 'symlink', name: bytes, metadata, target: new TextEncoder().encode(await readlink(folder)) }
  } else if (stat.isFIFO()) yield { kind: 'fifo', name: bytes, metadata }
  else if (stat.isFile()) {
    const content = await readFile(folder)
    yield { kind: 'file', name: bytes, metadata, sizeBytes: stat.size, open: () => streamOf(content) }
  } else {
    yield { kind: 'directory', name: bytes, metadata }
    const names = (await readdir(folder)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    for (const child of names) yield* walk(path.join(folder, child), child)
    yield { kind: 'leave' }
  }
}

describe.runIf(hasCasync)('A-11: with the real casync', () => {
  let folder: string
  let tree: string

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'catar-'))
    tree = path.join(folder, 'tree')
    await mkdir(path.join(tree, 'd', 'deep', 'er'), { recursive: true })
    await mkdir(path.join(tree, 'empty'))
    for (let at = 0; at < 100; at++) await writeFile(path.join(tree, 'd', `file-${at * 7919}`), 'x'.repeat(at * 13))
    await writeFile(path.join(tree, 'large'), Buffer.alloc(3_000_000, 'casync and back '))
    await writeFile(path.join(tree, 'd', 'deep', 'żółć'), '')
    await writeFile(path.join(tree, 'program'), '#!/bin/sh\n')
    await chmod(path.join(tree, 'program'), 0o4751)
    await symlink('../nowhere', path.join(tree, 'd', 'link'))
    execFileSync('mkfifo', [path.join(tree, 'pipe')])
    await utimes(path.join(tree, 'large'), 1, 1_600_000_000.25)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  // Without what needs root, and what only some file systems have, so that every machine makes the same.
  const cases: readonly (readonly [string, readonly string[], bigint])[] = [
    ['all but privileged', ['--without=privileged'], chooseFeatures({ without: featureSet.privileged })],
    [
      'sha256',
      ['--without=privileged', '--digest=sha256'],
      chooseFeatures({ without: featureSet.privileged, digest: 'sha256' }),
    ],
    ['nothing', ['--without=all'], chooseFeatures({ without: featureSet.all })],
    ['fat', ['--with=fat'], chooseFeatures({ with: featureSet.fat })],
  ]

  test.each(cases)('the same archive of the same tree with %s', async (name, options, features) => {
    const archive = path.join(folder, `${name}.catar`)
    casync(...options, 'make', archive, tree)
    const theirs = await readFile(archive)
    expect(Buffer.from(await encodeInMemory(walk(tree), features)).equals(theirs)).toBe(true)
  })

  test('casync lists and extracts what we made, and what it makes again is the same', async () => {
    const archive = path.join(folder, 'ours.catar')
    await writeFile(archive, await encodeInMemory(walk(tree), cases[0]?.[2] ?? 0n))
    expect(casync('list', archive)).toBe(casync('list', tree))
    const target = path.join(folder, 'extracted')
    casync('extract', archive, target)
    casync('--without=privileged', 'make', path.join(folder, 'again.catar'), target)
    expect((await readFile(archive)).equals(await readFile(path.join(folder, 'again.catar')))).toBe(true)
  })

  test('we read what casync made', async () => {
    const archive = path.join(folder, 'read.catar')
    casync('--without=privileged', 'make', archive, tree)
    const read = await collectTree(decodeCatar(createReadStream(archive), { signal }))
    expect(comparable(read)).toEqual(comparable(await collectTree(walk(tree))))
  })
})
