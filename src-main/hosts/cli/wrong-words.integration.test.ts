import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { CommandLine, workFolder } from './testing/command-line.ts'

const folder = workFolder()
const desk = new CommandLine(join(folder, 'desk'))

/** What is typed, and the code of its failure. */
const wrong: readonly (readonly [words: readonly string[], code: string, says: string])[] = [
  [['nonsense'], 'input/invalid', "Unknown command 'nonsense'."],
  [['catalog'], 'input/invalid', 'A word is missing after holdfast catalog.'],
  [['backup', '--nonsense'], 'input/invalid', "Unknown option '--nonsense'."],
  [['backup'], 'input/invalid', 'Name what to back up.'],
  [['copy', 'latest'], 'input/invalid', "Required option '--to <repository>'"],
  [['find', 'x', '--limit', 'many'], 'input/invalid', 'It takes a whole number from 1 to 1000.'],
  [['plan', 'add', '/', '--daily', '25:99'], 'input/invalid', 'It takes a time such as 07:30.'],
  [['job', 'show', 'nonsense'], 'job/unknown', 'There is no such job. nonsense'],
  [['job', 'cancel', 'nonsense'], 'job/unknown', 'There is no such job. nonsense'],
  [['key', 'import', join(folder, 'nowhere')], 'path/not-found', join(folder, 'nowhere')],
  [['service', 'print', '--listen', '0.0.0.0:1'], 'input/invalid', '0.0.0.0:1'],
  [['casync', 'verify', `--store=${join(folder, 'nowhere.castr')}`], 'path/not-found', 'nowhere.castr'],
  [['casync', 'gc', '--grace-hours', 'none', 'x.caidx'], 'input/invalid', 'It takes a number of hours'],
]

it.each(wrong)('holdfast %s fails with one document of JSON that has a next step', async (words, code, says) => {
  const { code: exit, documents } = await desk.json(...words)
  expect(exit).toBe(1)
  expect(documents).toEqual([{ error: { code, message: expect.stringContaining(says), hint: expect.any(String) } }])
})

it.each([['nonsense'], ['job', 'show', 'nonsense'], ['catalog']])('holdfast %s fails in words', async (...words) => {
  const { code, stdout, stderr } = await desk.run(...words)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr.trim().split('\n').length).toBeGreaterThan(1)
  expect(stderr).not.toMatch(/^ {4}at /m)
})

describe('a key whose file cannot be made', () => {
  beforeAll(() => desk.run('key', 'create', 'lost', '--file', join(folder, 'nowhere', 'lost.key')))

  it('is not kept either', async () => {
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
    expect((await desk.json('key', 'info')).documents).toEqual([])
  })
})

it('help names the options that every command has, and the exit codes', async () => {
  const ofCommand = await desk.good('job', 'logs', '--help')
  expect(ofCommand.stdout).toContain('--json')
  expect((await desk.good('--help')).stdout).toContain('130 when interrupted')
})
