import { expect, test } from 'vitest'
import { parseTarget } from './request-target.ts'

test('empty components are dropped and escapes decoded', () => {
  expect(parseTarget('//api2/json/access/ticket')).toEqual({
    components: ['api2', 'json', 'access', 'ticket'],
    query: '',
  })
  expect(parseTarget('/a%20b/?x=1?y')).toEqual({ components: ['a b'], query: 'x=1?y' })
  expect(parseTarget('/')).toEqual({ components: [], query: '' })
})

test('components that begin with a dot, hide a slash or are not well-formed are refused', () => {
  for (const url of ['/a/../b', '/.hidden', '/%2e%2e/b', '/a%2Fb', '/a%00', '/%zz', '/%ff']) {
    expect(parseTarget(url)).toBeUndefined()
  }
})
