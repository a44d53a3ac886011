import { expect, test } from 'vitest'
import { downloadUrl } from './download-url.ts'

const address = 'http://127.0.0.1:4710/content/abc/letter.txt'

test('a file keeps its name, a folder becomes a zip file', () => {
  expect(downloadUrl({ kind: 'file', name: 'letter.txt' }, address)).toBe(
    `application/octet-stream:letter.txt:${address}`,
  )
  expect(downloadUrl({ kind: 'directory', name: 'photos' }, address)).toBe(`application/zip:photos.zip:${address}`)
})

test('a name cannot end its own field', () => {
  expect(downloadUrl({ kind: 'file', name: 'a:b/c' }, address)).toBe(`application/octet-stream:a_b_c:${address}`)
})
