import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../../../src-shared/errors.ts'
import { excludePresets, presetPatterns } from '../../../src-shared/model/exclude-presets.ts'
import { describeRule, ExcludeRules } from './exclude-rules.ts'

function find(rules: ExcludeRules, path: string, isDirectory = false): string | undefined {
  const bytes = Buffer.from(path)
  const rule = rules.find(bytes, path.lastIndexOf('/') + 1, bytes.length, isDirectory)
  return rule && describeRule(rule)
}

const unheard = () => expect.unreachable('no line is wrong')

describe('the rules in force', () => {
  it('are decided by the last that matches, plain names and globs mixed', () => {
    const rules = new ExcludeRules(['*.log', '!keep.log', 'build/', '!/x/build'])
    expect(find(rules, '/a.log')).toBe('Excluded by *.log')
    expect(find(rules, '/keep.log')).toBeUndefined()
    expect(find(rules, '/build', true)).toBe('Excluded by build/')
    expect(find(rules, '/build', false)).toBeUndefined()
    expect(find(rules, '/x/build', true)).toBeUndefined()
  })

  it('of a file override those of the plan, and end with its directory', () => {
    const rules = new ExcludeRules(['*.log'])
    const before = rules.size
    rules.addFile(Buffer.from('# comment\n\n  !*.log \t\r\n/only\nname'), Buffer.from('/d'), unheard)
    expect(find(rules, '/d/a.log')).toBeUndefined()
    expect(find(rules, '/d/only')).toBe('Excluded by /only in /d/.pxarexclude')
    expect(find(rules, '/d/e/only')).toBeUndefined()
    expect(find(rules, '/d/e/name')).toBe('Excluded by name in /d/.pxarexclude')
    rules.truncate(before)
    expect(find(rules, '/d/a.log')).toBe('Excluded by *.log')
    expect(find(rules, '/d/e/name')).toBeUndefined()
  })

  it('report a line that is no pattern, and go on', () => {
    const heard: string[] = []
    const rules = new ExcludeRules([])
    rules.addFile(Buffer.from('[bad\ngood'), Buffer.alloc(0), (line) => heard.push(line))
    expect(heard).toEqual(['[bad'])
    expect(find(rules, '/good')).toBeDefined()
  })

  it('refuse a pattern of the plan that is none', () => {
    expect(() => new ExcludeRules(['[bad'])).toThrow(HoldfastError)
  })

  it('may be all presets at once', () => {
    const rules = new ExcludeRules(presetPatterns(excludePresets.map(({ id }) => id)))
    expect(find(rules, '/home/x/project/node_modules', true)).toBeDefined()
    expect(find(rules, '/home/x/.config/google-chrome/Default/Cache', true)).toBeDefined()
    expect(find(rules, '/home/x/.config/google-chrome/Default/Bookmarks')).toBeUndefined()
    expect(find(rules, '/home/x/notes~')).toBeDefined()
    expect(find(rules, '/home/x/report.docx')).toBeUndefined()
    expect(find(rules, '/home/x/tmp/a')).toBeUndefined()
    expect(find(rules, '/home/x/$RECYCLE.BIN', true)).toBeDefined()
  })
})
