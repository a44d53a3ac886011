import { describe, expect, test } from 'vitest'
import { areOnOneHost, contentOf, defaultStore, formatLocator, type Locator, parseLocator } from './locator.ts'

const path = (text: string): Locator => ({ kind: 'path', path: text })

describe('P-18: what a text means', () => {
  test.each<[string, Locator]>([
    ['/a/b.caidx', path('/a/b.caidx')],
    ['./a:b.caidx', path('./a:b.caidx')],
    ['.', path('.')],
    ['..', path('..')],
    ['a/b', path('a/b')],
    ['a/b:c', path('a/b:c')],
    ['file:///with%20blank', path('/with blank')],
    ['file://localhost/x', path('/x')],
    ['host:dir/x.caidx', { kind: 'ssh', host: 'host', prefix: 'host:', path: 'dir/x.caidx' }],
    ['me@h.example:/x', { kind: 'ssh', host: 'me@h.example', prefix: 'me@h.example:', path: '/x' }],
    ['Foo://x', { kind: 'ssh', host: 'Foo', prefix: 'Foo:', path: '//x' }],
    ['host:', path('host:')],
    // Options of ssh are no hosts.
    ['-oProxy:x', path('-oProxy:x')],
    ['a@-b:x', path('a@-b:x')],
    ['http://h/p/x.caidx?t=1', { kind: 'url', scheme: 'http', prefix: 'http://h', rest: '/p/x.caidx?t=1' }],
    ['https://u@[::1]:81/x', { kind: 'url', scheme: 'https', prefix: 'https://u@[::1]:81', rest: '/x' }],
    ['foo+bar://h', { kind: 'url', scheme: 'foo+bar', prefix: 'foo+bar://h', rest: '' }],
    ['sftp://h;x', { kind: 'url', scheme: 'sftp', prefix: 'sftp://h', rest: ';x' }],
  ])('%s', (text, expected) => {
    expect(parseLocator(text)).toEqual(expected)
    if (!text.startsWith('file:')) expect(formatLocator(parseLocator(text))).toBe(text)
  })

  test.each(['', 'a\0b', 'file:///%zz', 'file:///a%00'])('%j is refused', (text) => {
    expect(() => parseLocator(text)).toThrow(expect.objectContaining({ code: 'input/invalid' }))
  })
})

test.each<[string, string | undefined]>([
  ['x.caidx', 'archive-index'],
  ['/a/x.caibx', 'blob-index'],
  ['h:a/x.catar', 'archive'],
  ['/a/default.castr', 'store'],
  ['.caidx', undefined],
  ['/a.caidx/b', undefined],
  ['http://h/x.caidx?v=1.catar', 'archive-index'],
  ['http://h/x.caidx;v', 'archive-index'],
  ['http://h/x?y.caidx', undefined],
  ['disk.img', undefined],
])('P-18: %s is %s by its suffix', (text, expected) => {
  expect(contentOf(parseLocator(text))).toBe(expected)
})

test.each([
  ['http://h/p/x.caidx?t=1', 'http://h/p/default.castr'],
  ['http://h', 'http://h/default.castr'],
  ['h:x.caidx', 'h:default.castr'],
  ['h:a/x.caidx', 'h:a/default.castr'],
  ['/a/x.caidx', '/a/default.castr'],
  ['x.caidx', 'default.castr'],
])('P-18: the store that goes with %s is %s', (index, expected) => {
  expect(formatLocator(defaultStore(parseLocator(index)))).toBe(expected)
})

test('P-18: without an index the store is in the current folder', () => {
  expect(defaultStore(undefined)).toEqual(path('default.castr'))
})

test('P-18: one connection serves what has one prefix', () => {
  const share = (a: string, b: string): boolean => areOnOneHost(parseLocator(a), parseLocator(b))
  expect(share('h:a', 'h:b')).toBe(true)
  expect(share('me@h:a', 'h:b')).toBe(false)
  expect(share('http://h/a', 'http://h/b')).toBe(true)
  expect(share('http://h/a', 'http://h:80/b')).toBe(false)
  expect(share('/a', '/b')).toBe(false)
})
