import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { workFolder } from './testing/command-line.ts'
import { differences } from './testing/every-kind-tree.ts'

/** The real casync against `holdfast host casync`: a script takes the place of ssh and drops the name of the host. */
const run = promisify(execFile)
const folder = workFolder()
const ssh = join(folder, 'ssh')
const source = join(folder, 'source')
const environment = { ...process.env, CASYNC_SSH_PATH: ssh, CASYNC_REMOTE_PATH: 'holdfast' }
const casync = (...words: string[]) => run('casync', words, { env: environment, maxBuffer: 1 << 24 })

beforeAll(() => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const words = [process.execPath, main].map((word) => `'${word}'`).join(' ')
  writeFileSync(ssh, `#!/bin/sh\nshift 2\nexec ${words} host casync "$@"\n`)
  chmodSync(ssh, 0o755)
  mkdirSync(join(source, 'sub'), { recursive: true })
  for (let number = 0; number < 40; number++) {
    writeFileSync(join(source, 'sub', `${number}.txt`), `${number} `.repeat(number * 500))
  }
})

test('casync makes an index and a store through it, and extracts and lists from it', async () => {
  await casync('make', `far:${join(folder, 'a.caidx')}`, source)
  await casync('extract', `far:${join(folder, 'a.caidx')}`, join(folder, 'back'))
  expect(differences(source, join(folder, 'back'))).toBe('')
  const { stdout } = await casync('list', `far:${join(folder, 'a.caidx')}`)
  expect(stdout).toContain('sub/39.txt')
})

test('what is not there is said at the other end, with an exit code', async () => {
  await expect(casync('list', `far:${join(folder, 'none.caidx')}`)).rejects.toMatchObject({ code: expect.any(Number) })
})
