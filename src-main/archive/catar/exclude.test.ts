import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeInMemory } from './encode.fixture.ts'
import { excludeEntries } from './exclude-entries.ts'
import { matchesName } from './exclude-pattern.ts'
import { ExcludeRules, excludeFileName, maxExcludeFileBytes } from './exclude-rules.ts'
import { chooseFeatures } from './feature-flags.ts'
import { readTree, vector } from './vectors.fixture.ts'

const rulesOf = (...lines: string[]): ExcludeRules => ExcludeRules.none.with(new TextEncoder().encode(lines.join('\n')))

test('A-10: the tree of the vectors without what is excluded is byte for byte what casync makes of it', async () => {
  const list = JSON.parse(readFileSync(new URL('testdata/exclude.tree.json', import.meta.url), 'utf8')) as readonly {
    readonly path: string
    readonly content_base64?: string
  }[] // ours, see the README
  const readExcludeFile = async (folder: readonly Uint8Array[]): Promise<Uint8Array | undefined> => {
    const path = [...folder.map((name) => Buffer.from(name).toString()), excludeFileName].join('/')
    const content = list.find((entry) => entry.path === path)?.content_base64
    return content === undefined ? undefined : Uint8Array.from(Buffer.from(content, 'base64'))
  }
  const entries = excludeEntries(readTree('exclude.tree.json'), readExcludeFile)
  const expected = vector('exclude.best.catar')
  expect(Buffer.from(await encodeInMemory(entries, chooseFeatures())).equals(expected)).toBe(true)
})

test.each<[string, readonly string[], readonly string[]]>([
  ['*.o', ['a.o', 'a.b.o', 'ü.o'], ['.o', '.a.o', 'a.oo', 'o']],
  ['*', ['a', 'a.b'], ['.', '.a']],
  ['.*', ['.', '.a', '..'], ['a']],
  ['?b', ['ab', 'bb'], ['.b', 'b', 'aab']],
  ['a*b*c', ['abc', 'aXbYc', 'abcbc', 'abbc'], ['ab', 'acb', 'abcd']],
  ['**a', ['a', 'xa'], ['.a', 'ab']],
  ['[a-c]x', ['ax', 'cx'], ['dx', '-x', 'x']],
  ['[!a]x', ['bx'], ['ax', '.x']],
  ['[^a]x', ['bx'], ['ax']],
  ['[]a]', [']', 'a'], ['b', '[]a]']],
  ['[a-]', ['a', '-'], ['b']],
  ['[[:digit:]_]', ['1', '_'], ['a', ':']],
  ['[.a]x', ['ax'], ['.x']],
  ['[a', ['[a'], ['a', '[']],
  ['\\*', ['*'], ['a', '\\*']],
  ['a\\', [], ['a', 'a\\']],
  ['[\\]]', [']'], ['\\']],
  ['', [''], ['a']],
])('A-10: %j as fnmatch takes it', (pattern, matches, others) => {
  expect(matches.filter((name) => !matchesName(pattern, name))).toEqual([])
  expect(others.filter((name) => matchesName(pattern, name))).toEqual([])
})

test('A-10: stars match as a regular expression does', () => {
  const text = fc.stringMatching(/^[ab]{0,8}$/)
  fc.assert(
    fc.property(fc.stringMatching(/^[ab*?]{0,8}$/), text, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`)
      expect(matchesName(pattern, name)).toBe(expression.test(name))
    }),
    { numRuns: 1000 },
  )
})

test('A-10: comments, blanks, slashes and exclamation marks', () => {
  const rules = rulesOf('# a', '', '  b\t', '/c', 'd/', 'e/f', '!bb', 'b*')
  const excluded = (name: string, isDirectory = false): boolean => rules.isExcluded(name, isDirectory)
  expect(['# a', 'a', 'b', 'c', 'bc'].map((name) => excluded(name))).toEqual([false, false, true, true, true])
  // A directory of that name only; a negative pattern wins, wherever it stands.
  expect([excluded('d'), excluded('d', true), excluded('bb'), excluded('e', true)]).toEqual([false, true, false, false])
  const below = rules.enter('e')
  expect([below.isExcluded('f', false), below.isExcluded('b', false), below.isExcluded('c', false)]).toEqual([
    true,
    true,
    false,
  ])
  expect(rules.enter('x').isExcluded('f', false)).toBe(false)
})

test.each(['/', '!', '!/', '.', 'a/../b', './a', 'a\0b'])('A-10: %j is refused, as by casync', (line) => {
  expect(() => rulesOf('fine', line)).toThrow(expect.objectContaining({ code: 'input/invalid' }))
})

test('a file that is too long is refused', () => {
  expect(() => ExcludeRules.none.with(new Uint8Array(maxExcludeFileBytes + 1))).toThrow('bytes')
})
