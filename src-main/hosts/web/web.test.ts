import { expect, test } from 'vitest'
import { isPageRoute, resolveAsset } from './assets.ts'
import { contentSecurityPolicy, withNonce } from './policy.ts'

const root = '/srv/app/renderer'

test('a file below the root is found with its type', () => {
  expect(resolveAsset(root, '/assets/index-1.js')).toEqual({
    path: '/srv/app/renderer/assets/index-1.js',
    contentType: 'text/javascript; charset=utf-8',
  })
})

test.each([
  '/../secret.js',
  '/assets/../../secret.js',
  '/%2e%2e/secret.js',
  '/..%2frenderer-sibling/x.js',
  '/../renderer-sibling/x.js',
  '/%00.js',
  '/%zz',
  '/..%5csecret.js',
  '/',
])('%s leads nowhere', (path) => {
  expect(resolveAsset(root, path)).toBeUndefined()
})

test('screens are the page, files are not', () => {
  expect([isPageRoute('/'), isPageRoute('/plans/new'), isPageRoute('/assets/a.js')]).toEqual([true, true, false])
})

test('the policy starts from nothing, allows no inline script and names the nonce for styles', () => {
  const policy = contentSecurityPolicy('abc')
  expect(policy.startsWith("default-src 'none'; ")).toBe(true)
  expect(policy).toContain("script-src 'self';")
  expect(policy).toContain("style-src 'self' 'nonce-abc'")
  expect(policy).not.toContain('unsafe')
})

test('the nonce replaces every placeholder', () => {
  expect(withNonce('<meta nonce="__CSP_NONCE__"><link nonce="__CSP_NONCE__">', 'n1')).toBe(
    '<meta nonce="n1"><link nonce="n1">',
  )
})
