import { expect, test } from 'vitest'
import { contentHeaders, contentKind } from './content-policy.ts'

const policyOf = (name: string) =>
  contentHeaders(contentKind(name, 'inline'), name, {})['content-security-policy'] ?? ''

test('whatever is shown in place stands in a sandbox, except a PDF, which no browser shows in one', () => {
  for (const name of ['page.html', 'drawing.svg', 'photo.png', 'clip.mp4', 'unknown.bin']) {
    expect(policyOf(name)).toMatch(/^sandbox; default-src 'none'/)
  }
  expect(policyOf('paper.pdf')).toMatch(/^default-src 'none'/)
})

test('a PDF is served as nothing else, whatever is in it', () => {
  expect(contentHeaders(contentKind('paper.pdf', 'inline'), 'paper.pdf', {})).toMatchObject({
    'content-type': 'application/pdf',
    'x-content-type-options': 'nosniff',
  })
})
