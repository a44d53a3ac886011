import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolders } from './make-folders.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folders-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a folder is made with those above it, once', () => {
  const path = join(folder, 'a', 'b', 'c')
  expect(makeFolders(path, 0o700)).toBe(true)
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(makeFolders(path, 0o700)).toBe(false)
})

test('names need not be text', () => {
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x63, 0xe9, 0x2f, 0xff])])
  expect(makeFolders(path, 0o700)).toBe(true)
  expect(statSync(path).isDirectory()).toBe(true)
})

test('a file in the way is an error', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => makeFolders(join(folder, 'file', 'a'), 0o700)).toThrow('ENOTDIR')
})

test.runIf(process.platform === 'linux')('a place where no folder can be made ends with an error, not never', () => {
  expect(() => makeFolders('/proc/holdfast/a/b', 0o700)).toThrow('ENOENT')
})
