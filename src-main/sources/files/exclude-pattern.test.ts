import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileExcludePattern, maxPatternLength } from './exclude-pattern.ts'

function verdict(pattern: string, path: string, isDirectory = false, below = ''): string {
  try {
    const compiled = compileExcludePattern(Buffer.from(pattern), Buffer.from(below))
    const bytes = Buffer.from(path)
    if (compiled === undefined || (compiled.directoriesOnly && !isDirectory)) return 'none'
    if (!compiled.matches(bytes, bytes.length)) return 'none'
    return compiled.isInclude ? 'include' : 'exclude'
  } catch (error) {
    if (error instanceof SyntaxError) return 'error'
    throw error
  }
}

describe('an exclude pattern', () => {
  it('decides as the reference client does', () => {
    const lines = readFileSync(new URL('testdata/exclude-patterns.tsv', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.length).toBeGreaterThan(400)
    for (const line of lines) {
      const [pattern = '', path = '', type, expected] = line.split('\t')
      expect(`${line}: ${verdict(pattern, path, type === 'd')}`).toBe(`${line}: ${expected}`)
    }
  })

  it.each([
    ['*.tmp', '/a/b.tmp', 'exclude'],
    ['/b.tmp', '/a/b.tmp', 'none'],
    ['a/b', '/x/a/b', 'exclude'],
    ['a/b', '/xa/b', 'none'],
    ['a/**/b', '/a/b', 'exclude'],
    ['a/**/b', '/a/x/y/b', 'exclude'],
    ['**/cache/x', '/my-cache/x', 'none'],
    ['a/**', '/a', 'none'],
    ['a/*', '/a/b/c', 'none'],
    ['[!a]', '/b', 'none'],
    ['[!a]', '/!', 'exclude'],
    ['[^a]', '/b', 'exclude'],
    ['.//a/./b/../c', '/a/c', 'exclude'],
    ['/', '/a', 'none'],
    ['..', '/a', 'none'],
    ['\\!a', '/!a', 'exclude'],
    ['[a', '/a', 'error'],
    ['a\\', '/a', 'error'],
  ])('%s on %s: %s', (pattern, path, expected) => expect(verdict(pattern, path)).toBe(expected))

  it('is anchored to the directory of its file, whose name is taken literally', () => {
    expect(verdict('/b*', '/a[1]/bc', false, '/a[1]')).toBe('exclude')
    expect(verdict('/b*', '/a1/bc', false, '/a[1]')).toBe('none')
    expect(verdict('/b', '/a/x/b', false, '/a')).toBe('none')
  })

  it('matches bytes that are not text', () => {
    const compiled = compileExcludePattern(Buffer.from([0x3f, 0xff]))
    expect(compiled?.matches(Buffer.from([0x2f, 0xe9, 0xff]), 3)).toBe(true)
  })

  it('takes a name that is only letters as itself, anywhere', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), minLength: 3, maxLength: 8 })
    fc.assert(
      fc.property(name, fc.array(name, { maxLength: 4 }), (last, above) => {
        expect(verdict(last, `/${[...above, last].join('/')}`)).toBe('exclude')
        expect(verdict(last, `/${[...above, `${last}c`].join('/')}`)).toBe('none')
      }),
    )
  })

  it('takes no longer for many stars', () => {
    // With backtracking neither would ever end.
    expect(verdict(`${'*a'.repeat(60)}b`, `/${'a'.repeat(4000)}`)).toBe('none')
    expect(verdict(`${'**/a*/'.repeat(40)}b`, `${'/aaaa'.repeat(500)}`)).toBe('none')
  })

  it('has a longest length', () => {
    expect(verdict('a'.repeat(maxPatternLength + 1), '/a')).toBe('error')
  })
})
