import { Code, ConnectError } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { formatVersionRange, negotiateVersion, parseVersionRange, requiredHeader } from './protocol-version.ts'

const range = (minimum: number, current: number) => ({ minimum, current })

function failureOf(work: () => unknown): ConnectError {
  try {
    work()
  } catch (error) {
    if (error instanceof ConnectError) return error
  }
  throw new Error('did not fail')
}

test('VER-01 a blank header is malformed', () => {
  expect(failureOf(() => parseVersionRange('')).rawMessage).toContain('must be formatted')
})

test('VER-02 minimum and current are read', () => {
  expect(parseVersionRange('1,2')).toEqual(range(1, 2))
  expect(formatVersionRange(range(1, 2))).toBe('1,2')
})

test('VER-03 an incomplete header is malformed', () => {
  for (const text of ['1,', ',1', '1', 'a,b', '1, 2', ' 1,2', '1,2,3', '-1,2', '1,99999999999999999999']) {
    const error = failureOf(() => parseVersionRange(text))
    expect(error.code).toBe(Code.InvalidArgument)
    expect(error.rawMessage).toContain('formatted')
  }
})

test.each([
  ['VER-04 both latest', range(1, 10), range(1, 10), 10],
  ['VER-05 an older client can negotiate', range(1, 6), range(4, 10), 6],
  ['VER-06 an older client can negotiate the minimum', range(1, 4), range(4, 10), 4],
  ['VER-07 an older server can negotiate', range(4, 10), range(1, 5), 5],
  ['VER-08 an older server can negotiate the minimum', range(4, 10), range(1, 4), 4],
])('%s', (_name, client, server, expected) => {
  expect(negotiateVersion(client, server)).toBe(expected)
})

test('VER-09 a client that is too old is told so', () => {
  const error = failureOf(() => negotiateVersion(range(1, 4), range(5, 6)))
  expect(error.code).toBe(Code.InvalidArgument)
  expect(error.rawMessage).toMatch(/client.*outdated/)
})

test('VER-10 a server that is too old is named', () => {
  const error = failureOf(() => negotiateVersion(range(5, 6), range(1, 4)))
  expect(error.code).toBe(Code.InvalidArgument)
  expect(error.rawMessage).toMatch(/server.*outdated/)
})

test('a header that is absent or was sent twice is not set', () => {
  expect(failureOf(() => requiredHeader(new Headers(), 'x-a')).rawMessage).toContain('required header x-a is not set')
  const twice = new Headers([['x-a', '1,1']])
  twice.append('x-a', '1,1')
  expect(failureOf(() => requiredHeader(twice, 'x-a')).rawMessage).toContain('is not set')
})
