import { expect, test } from 'vitest'
import { isServed, parseVersion } from './versions.ts'

test.each([
  ['0.76.1', true],
  ['0.76.0', true],
  ['0.76.99', true],
  ['0.75.1', true],
  ['0.0.0', true],
  ['0.77.0', false],
  ['1.0.0', false],
  ['1.76.1', false],
  ['76.1', false],
  ['0.76', false],
  ['0.76.1.1', false],
  ['0.76.x', false],
  ['-1.76.1', false],
  ['0.76.1 ', false],
  ['', false],
  ['0.76.99999999999', false],
])('3: agent 0.76.1 and client %j: %s', (client, served) => {
  expect(isServed('0.76.1', client)).toBe(served)
})

test('3: a version is three integers', () => {
  expect(parseVersion('0.76.1')).toEqual({ major: 0, minor: 76, micro: 1 })
})
