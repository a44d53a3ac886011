import { linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderSizes } from './folder-sizes.ts'
import { listTree, type ScanProgress, scanTree } from './scan.ts'
import { listener, never, temporaryFolder, walkOptions } from './tree-fixture.ts'

function prepare(): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'a/deep'), { recursive: true })
  mkdirSync(join(folder, 'b'))
  mkdirSync(join(folder, 'cache'))
  writeFileSync(join(folder, 'a/one'), Buffer.alloc(100))
  writeFileSync(join(folder, 'a/deep/two'), Buffer.alloc(20))
  writeFileSync(join(folder, 'a/deep/x.tmp'), Buffer.alloc(5000))
  linkSync(join(folder, 'a/one'), join(folder, 'b/same'))
  writeFileSync(join(folder, 'cache/c'), Buffer.alloc(9999))
  writeFileSync(join(folder, 'top'), Buffer.alloc(3))
  return folder
}

const options = { ...walkOptions, exclude: ['*.tmp', 'cache/'] }

describe('a scan', () => {
  it('counts what a backup would hold, by folder', async () => {
    let last: ScanProgress | undefined
    for await (const progress of scanTree(prepare(), options, listener(), never)) last = progress
    expect(last).toMatchObject({ files: 4, sizeBytes: 123n, isComplete: true })
    expect(last?.counts).toEqual({ seen: 10, handedOver: 8, skipped: 2, failed: 0 })
    const folders = [...(last?.folders.values() ?? [])].map(({ name, files, sizeBytes }) => [
      name.toString(),
      files,
      sizeBytes,
    ])
    expect(folders).toEqual([
      ['a', 2, 120n],
      ['b', 1, 0n],
    ])
  })

  it('lists what a backup would hold', async () => {
    const paths: string[] = []
    for await (const { path } of listTree(prepare(), options, listener(), never)) paths.push(path.toString())
    expect(paths).toEqual(['', '/a', '/a/deep', '/a/deep/two', '/a/one', '/b', '/b/same', '/top'])
  })
})

it('the sizes of a folder say what rule leaves out what', async () => {
  const found: unknown[] = []
  for await (const { name, kind, files, sizeBytes, leftOut } of folderSizes(prepare(), options, never))
    found.push([name.toString(), kind, files, sizeBytes, leftOut.map(({ path, reason }) => `${path}: ${reason}`)])
  expect(found).toEqual([
    ['a', 'directory', 2, 120n, ['/a/deep/x.tmp: Excluded by *.tmp']],
    ['b', 'directory', 1, 0n, []],
    ['cache', 'directory', 0, 0n, ['/cache: Excluded by cache/']],
    ['top', 'file', 1, 3n, []],
  ])
})
