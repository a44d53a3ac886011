import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('every fuse is stated and stands as the security page wants it', () => {
  const text = readFileSync(new URL('../electron-builder.yml', import.meta.url), 'utf8')
  const section = /^electronFuses:\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? ''
  const fuses = Object.fromEntries(
    section
      .trim()
      .split('\n')
      .map((line) => line.trim().split(': ')),
  )
  expect(fuses).toEqual({
    runAsNode: 'false',
    enableNodeOptionsEnvironmentVariable: 'false',
    enableNodeCliInspectArguments: 'false',
    enableCookieEncryption: 'true',
    enableEmbeddedAsarIntegrityValidation: 'true',
    onlyLoadAppFromAsar: 'true',
    loadBrowserProcessSpecificV8Snapshot: 'false',
    grantFileProtocolExtraPrivileges: 'false',
  })
})
