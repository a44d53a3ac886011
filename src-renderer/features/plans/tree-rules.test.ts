import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anchoredExclude } from '../../../src-shared/model/anchored-exclude.ts'
import { boxState, relativeTo, toggled } from './tree-rules.ts'

test('unticking and ticking again leaves no trace', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }), (parts) => {
      const path = parts.join('/')
      const off = toggled(path, 'on', undefined, ['*.iso'])
      expect(off).toEqual(['*.iso', anchoredExclude(path)])
      expect(toggled(path, 'off', anchoredExclude(path), off)).toEqual(['*.iso'])
    }),
  )
})

test('what a preset leaves out comes back with an explicit pattern', () => {
  expect(toggled('web/node_modules', 'off', 'caches', [])).toEqual(['!/web/node_modules'])
})

test('a folder is partly in when something below it is out', () => {
  expect(boxState('web', undefined, ['/web/tmp'])).toBe('part')
  expect(boxState('web', undefined, ['/website/tmp'])).toBe('on')
  expect(boxState('web', '/web', ['/web'])).toBe('off')
})

test('unticking a folder forgets what was decided below it', () => {
  expect(toggled('web', 'part', undefined, ['/web/tmp', '!/web/x', '/other'])).toEqual(['/other', '/web'])
})

test('a name with a star is that name, not a pattern', () => {
  expect(anchoredExclude('a*b[1]')).toBe('/a\\*b\\[1\\]')
})

test('paths are below their root or nowhere', () => {
  expect(relativeTo('/srv/studio', '/srv/studio/a/b')).toBe('a/b')
  expect(relativeTo('C:\\Data\\', 'C:\\Data\\x\\y')).toBe('x/y')
  expect(relativeTo('/srv/studio', '/srv/studio2')).toBeUndefined()
  expect(relativeTo('/', '/home')).toBe('home')
})
