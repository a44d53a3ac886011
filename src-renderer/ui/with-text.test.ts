import { expect, test } from 'vitest'
import { withText } from './with-text.ts'

interface Fields {
  readonly name: string
  readonly path?: string | undefined
}

test('what was typed is there, and an empty text is no field at all', () => {
  const fields: Fields = { name: 'a', path: '/old' }
  expect(withText(fields, 'path', '/new')).toEqual({ name: 'a', path: '/new' })
  expect(withText(fields, 'path', '')).toStrictEqual({ name: 'a' })
  expect(fields.path).toBe('/old')
})
