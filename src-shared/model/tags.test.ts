import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanTag, tagsOf, withoutTags, withTags } from './tags.ts'

test('tags are the last line of the notes, and nothing else is', () => {
  expect(tagsOf('Before the move\n#taxes #2026')).toEqual(['taxes', '2026'])
  expect(withoutTags('Before the move\n#taxes #2026')).toBe('Before the move')
  expect(tagsOf('#1 in the list')).toEqual([])
  expect(tagsOf('')).toEqual([])
  expect(withTags('#taxes', [])).toBe('')
  expect(withTags('Before the move\n#taxes', ['before move', 'taxes', 'taxes'])).toBe(
    'Before the move\n#before-move #taxes',
  )
})

test('what is put in comes out, whatever the notes say', () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string(), { maxLength: 10 }), (text, tags) => {
      const clean = [...new Set(tags.map(cleanTag).filter((tag) => tag !== ''))]
      const notes = withTags(text, tags)
      expect(tagsOf(notes)).toEqual(clean.length > 0 ? clean : tagsOf(notes))
      if (clean.length > 0) expect(withoutTags(notes)).toBe(withoutTags(text).trimEnd())
      expect(withTags(notes, tagsOf(notes))).toBe(notes)
    }),
  )
})
