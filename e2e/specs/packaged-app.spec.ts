import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from '@playwright/test'
import { findChromium } from '../harness/find-host.ts'
import { loadedNatives } from '../harness/package/loaded-natives.ts'
import { missingImports } from '../harness/package/missing-imports.ts'
import { fuseMark, type PackedApp, packApp } from '../harness/package/pack-app.ts'
import { test as base, protectAndLook } from '../harness/shell/shell-test.ts'

/** What `npm run package` puts into the installers, but for Electron itself, which a stand-in is packed and run for. */
const test = base.extend<object, { readonly packed: PackedApp }>({
  packed: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from this pattern
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'))
      await use(await packApp(folder))
      await rm(folder, { recursive: true })
    },
    { scope: 'worker' },
  ],
  shellApp: ({ packed }, use) => use(packed),
})

test.use({ trace: 'off', screenshot: 'off' })
test.skip(process.platform !== 'linux', 'The stand-in for Electron is laid out as Electron is on Linux.')

test('every import of the packed shell and its threads leads to something', async ({ packed }) => {
  // It asks for this one where somebody installed it for colours.
  expect(await missingImports(packed.app)).toEqual(['node_modules/debug/src/node.js: supports-color'])
})

test("native modules lie beside the archive: one for each package, this system's, and they load", async ({
  packed,
}) => {
  const natives = await loadedNatives(packed)
  expect(natives.length).toBeGreaterThan(0)
  expect(packed.beside).toEqual(natives)
  expect(packed.files.filter((file) => file.endsWith('.node'))).toEqual(natives)
})

test('nothing is packed that only building and testing need', async ({ packed }) => {
  const { devDependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { devDependencies: object } // ours
  const unwanted = ['node', 'commander', ...Object.keys(devDependencies)].map((name) => `node_modules/${name}/`)
  expect(packed.files.filter((file) => unwanted.some((folder) => file.startsWith(folder)))).toEqual([])
  expect(packed.files.filter((file) => /\.(ts|tsx|map|c|h|cc|cpp)$|\.(test|fixture)\.|testdata/.test(file))).toEqual([])
  const own = packed.files.filter((file) => !file.startsWith('node_modules/') && !file.startsWith('dist/'))
  expect(own).toEqual(['assets/icon.png', 'assets/tray.png', 'assets/tray@2x.png', 'package.json'])
})

test('the fuses of the program are set', async ({ packed }) => {
  const program = await readFile(packed.program, 'latin1')
  // In Electron's order: run as Node, encrypted cookies, NODE_OPTIONS, inspector, integrity of the archive, only from the
  // archive, snapshot of its own, rights of file addresses.
  expect(program.slice(program.indexOf(fuseMark) + fuseMark.length)).toBe('01001100')
})

test('unpacked from its archive, the app protects a folder and looks into it', async ({ shell }) => {
  test.skip(findChromium() === undefined, 'The stand-in for Electron shows its windows in Chromium, which is not here.')
  await protectAndLook(shell)
})
