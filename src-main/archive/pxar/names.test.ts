import { expect, test } from 'vitest'
import { splitPath } from '../entry-names.ts'
import { bytesOf } from './golden.fixture.ts'
import { nameProblem, pathProblem, symlinkProblem } from './names.ts'

test.each([
  ['', 'empty'],
  ['.', 'names no entry'],
  ['..', 'names no entry'],
  ['a/b', 'slash'],
  ['/', 'slash'],
  ['a\0', 'NUL'],
  ['x'.repeat(4097), 'longer than 4096'],
])('the name %j is refused', (name, problem) => {
  expect(nameProblem(bytesOf(name))).toContain(problem)
})

test('other names are allowed, whatever their bytes', () => {
  for (const name of ['...', '.a', '..a', ' ', 'x'.repeat(4096), '\\', 'C:']) {
    expect(nameProblem(bytesOf(name))).toBeUndefined()
  }
  expect(nameProblem(Uint8Array.of(0xff, 0xfe))).toBeUndefined()
})

test.each([
  ['', 'empty'],
  ['/a', 'empty'],
  ['a//b', 'empty'],
  ['a/', 'empty'],
  ['a/../b', 'names no entry'],
  ['..', 'names no entry'],
  ['./a', 'names no entry'],
  [`${'x/'.repeat(2048)}x`, 'longer than 4096'],
])('the path %j of a hard link is refused', (path, problem) => {
  expect(pathProblem(bytesOf(path))).toContain(problem)
})

test('paths fall apart into names', () => {
  expect(splitPath(bytesOf('a/bc/d')).map((name) => Buffer.from(name).toString())).toEqual(['a', 'bc', 'd'])
  expect(pathProblem(bytesOf('a/bc/d'))).toBeUndefined()
})

test('symbolic links may point anywhere, but are texts', () => {
  for (const target of ['/etc/passwd', '../..', 'a/', '.']) expect(symlinkProblem(bytesOf(target))).toBeUndefined()
  expect(symlinkProblem(bytesOf(''))).toContain('empty')
  expect(symlinkProblem(bytesOf('a\0b'))).toContain('NUL')
  expect(symlinkProblem(bytesOf('x'.repeat(4097)))).toContain('longer')
})
