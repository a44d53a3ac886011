import { expect, it } from 'vitest'
import { checkedComponents, checkName, freeName } from './safe-name.ts'

it.each(['', '.', '..', '/', 'a/b', '/etc', '../x', 'a\0b'])('refuses %j as a name', (name) => {
  expect(() => checkName(Buffer.from(name))).toThrow(expect.objectContaining({ code: 'archive/unsafe-path' }))
})

it.each(['...', '.a', 'a..', '-', ' ', '\u202e'])('takes %j as a name', (name) => checkName(Buffer.from(name)))

it.each(['', '/a', 'a//b', 'a/../b', 'a/', './a'])('refuses %j as a target', (path) => {
  expect(() => checkedComponents(Buffer.from(path))).toThrow(expect.objectContaining({ code: 'archive/unsafe-path' }))
})

it('finds a free name before the extension, and within 255 bytes', () => {
  const taken = new Set(['a (restored).txt', 'x'])
  const find = (name: string) => freeName(Buffer.from(name), (candidate) => taken.has(candidate.toString())).toString()
  expect(find('a.txt')).toBe('a (restored 2).txt')
  expect(find('b')).toBe('b (restored)')
  expect(find('.profile')).toBe('.profile (restored)')
  expect(Buffer.byteLength(find(`${'n'.repeat(251)}.txt`))).toBe(255)
})
