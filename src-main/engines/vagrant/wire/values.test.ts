import { create } from '@bufbuild/protobuf'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { GetJobStreamResponse_Terminal_EventSchema, TargetSchema } from '../generated/server_pb.js'
import { compareBoxVersions, parseBoxVersion } from './box-version.ts'
import { parseDuration } from './duration.ts'
import { mergeMessage } from './merge-message.ts'
import { terminalLines } from './terminal-lines.ts'
import { timestamp, unixMs } from './times.ts'
import { createUlids } from './ulid.ts'
import { parseVersionConstraint } from './version-constraint.ts'

test('durations are read as Go reads them', () => {
  const valid: [string, bigint][] = [
    ['30s', 30_000_000_000n],
    ['1h30m', 5_400_000_000_000n],
    ['1.5h', 5_400_000_000_000n],
    ['-2ms', -2_000_000n],
    ['0', 0n],
    ['+5us', 5_000n],
    ['5µs', 5_000n],
    ['5μs', 5_000n],
    ['.5s', 500_000_000n],
    ['1.s', 1_000_000_000n],
    ['9223372036854775807ns', 9223372036854775807n],
  ]
  for (const [text, ns] of valid) expect(parseDuration(text), text).toBe(ns)
  for (const text of [
    '',
    '-',
    '1',
    '1d',
    '1 s',
    '1h 30m',
    '.s',
    'ms',
    '9223372036854775808ns',
    '1h-1m',
    '99999999999h',
    `${'1'.repeat(200)}s`,
  ]) {
    expect(parseDuration(text), text).toBeUndefined()
  }
})

test('durations never throw, whatever they are given', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseDuration(text)))
})

test('ids have 26 characters and sort as they were made, also within a millisecond and when the clock goes back', () => {
  const times = [1000, 1000, 1000, 900, 1001, 5000]
  const next = createUlids(() => times.shift() ?? 6000)
  const ids = Array.from({ length: 7 }, () => next())
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids).size).toBe(7)
  for (const id of ids) expect(id).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/)
  expect(createUlids(() => 1469918176385)().slice(0, 10)).toBe('01ARYZ6S41')
})

test('times beyond every calendar are clamped', () => {
  expect(unixMs({ ...timestamp(0), seconds: 1n << 62n, nanos: 0 })).toBe(8_640_000_000_000_000)
  expect(unixMs(timestamp(-1))).toBe(-1)
  expect(unixMs(undefined)).toBe(0)
})

test('box versions are read leniently', () => {
  for (const text of ['1', '1.2', 'v1.2.3', '1.2.3.4', '1.2.3-beta.1', '1.2.3beta', '20240101.0.0', '1.0+build']) {
    expect(parseBoxVersion(text), text).toBeDefined()
  }
  for (const text of ['', '0.a', 'string', 'a0.1.2', '1.', '1..2', '-1', '1 2', `1.${'0'.repeat(300)}`]) {
    expect(parseBoxVersion(text), text).toBeUndefined()
  }
})

test('box versions sort by number, a prerelease before its release', () => {
  const sorted = ['0.9', '1.0-alpha', '1.0-alpha.1', '1.0-beta', '1.0-rc.2', '1.0-rc.10', '1.0', '1.0.1', '1.10', '2']
  const shuffled = sorted.toReversed()
  const of = (text: string) => parseBoxVersion(text) ?? expect.fail(text)
  expect(shuffled.toSorted((a, b) => compareBoxVersions(of(a), of(b)))).toEqual(sorted)
})

test('constraints choose as section 8.7 says', () => {
  const rows: [constraint: string, matches: string[], others: string[]][] = [
    ['> 0', ['0.1', '1'], ['0.0.0', '1-beta']],
    ['>= 0', ['0.0.0'], []],
    ['~> 1.2', ['1.2', '1.9'], ['2.0', '1.1', '1.3-beta']],
    ['~> 1.2.3', ['1.2.3', '1.2.9'], ['1.3', '1.2.2']],
    ['~> 1', ['1', '7.1'], ['0.9']],
    ['> 1.0, < 3.0', ['1.2.4', '2'], ['1.0', '3.0']],
    ['1.2.3', ['1.2.3', 'v1.2.3'], ['1.2.4']],
    ['!= 1.0', ['1.1', '1.0-beta'], ['1.0.0']],
    ['>= 1.0-alpha', ['1.0-beta', '1.0', '2'], ['1.1-beta', '1.0-a']],
    ['<=2', ['2', '1'], ['2.0.1']],
  ]
  for (const [text, matches, others] of rows) {
    const constraint = parseVersionConstraint(text) ?? expect.fail(text)
    const check = (version: string) => constraint(parseBoxVersion(version) ?? expect.fail(version))
    expect([text, matches.filter((version) => !check(version))]).toEqual([text, []])
    expect([text, others.filter(check)]).toEqual([text, []])
  }
  for (const text of ['', 'latest', '>> 1', '1,', `${'1,'.repeat(40)}1`])
    expect(parseVersionConstraint(text), text).toBeUndefined()
})

test('a merge applies what is set, replaces messages and lists whole, and keeps unknown fields', () => {
  const stored = create(TargetSchema, { name: 'a', provider: 'p', metadata: { metadata: { x: '1', y: '2' } } })
  stored.$unknown = [
    { no: 500, wireType: 0, data: Uint8Array.of(1) },
    { no: 501, wireType: 0, data: Uint8Array.of(1) },
  ]
  const sent = create(TargetSchema, { name: 'b', metadata: { metadata: { z: '3' } } })
  sent.$unknown = [{ no: 501, wireType: 0, data: Uint8Array.of(2) }]
  mergeMessage(TargetSchema, stored, sent)
  expect(stored).toMatchObject({ name: 'b', provider: 'p', metadata: { metadata: { z: '3' } } })
  expect(stored.metadata?.metadata).toEqual({ z: '3' })
  expect(stored.$unknown?.map(({ no, data }) => [no, data[0]])).toEqual([
    [500, 1],
    [501, 2],
  ])
})

test('each kind of terminal event has its lines', () => {
  const lines = (event: Parameters<typeof create<typeof GetJobStreamResponse_Terminal_EventSchema>>[1]) =>
    terminalLines(create(GetJobStreamResponse_Terminal_EventSchema, event))
  expect(lines({ event: { case: 'line', value: { msg: 'a\nb' } } })).toEqual(['a', 'b'])
  expect(lines({ event: { case: 'raw', value: { data: Buffer.from('a\r\nb\n') } } })).toEqual(['a', 'b'])
  expect(lines({ event: { case: 'status', value: { status: 'ok', msg: 'done' } } })).toEqual(['ok: done'])
  expect(lines({ event: { case: 'step', value: { msg: 'one', output: Buffer.from('two') } } })).toEqual(['one', 'two'])
  expect(lines({ event: { case: 'namedValues', value: { values: [{ name: 'n', value: 'v' }] } } })).toEqual(['n: v'])
  expect(
    lines({
      event: { case: 'table', value: { headers: ['h'], rows: [{ entries: [{ value: 'c' }, { value: 'd' }] }] } },
    }),
  ).toEqual(['h', 'c | d'])
  expect(lines({ event: { case: 'stepGroup', value: { close: true } } })).toEqual([])
  expect(lines({})).toEqual([])
})
