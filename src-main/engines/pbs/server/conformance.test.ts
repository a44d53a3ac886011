import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

/** The table of the engine's README says which test stands for which row of spec pbs §13; here it is held to that. */

const ROWS = 85
const engine = new URL('../', import.meta.url)
const main = new URL('../../../', import.meta.url)

interface Row {
  readonly number: number
  readonly side: string
  readonly server: string
  readonly other: string
}

function readRows(): readonly Row[] {
  const readme = readFileSync(fileURLToPath(new URL('README.md', engine)), 'utf8')
  return readme.split('\n').flatMap((line) => {
    const [, number, , side, server, other] = line.split('|').map((cell) => cell.trim())
    if (number === undefined || !/^\d+$/.test(number)) return []
    return [{ number: Number(number), side: side ?? '', server: server ?? '', other: other ?? '' }]
  })
}

/** `` `file` name of the test ``, several of them between line breaks. */
function referencesOf(cell: string): readonly (readonly [file: string, name: string])[] {
  return cell.split('<br>').flatMap((part) => {
    const match = /^`([^`]+)` (.+)$/.exec(part)
    return match?.[1] === undefined || match[2] === undefined ? [] : [[match[1], match[2]] as const]
  })
}

function sourceOf(file: string): string {
  const root = /^(?:server|client|wire)\//.test(file) ? engine : main
  return readFileSync(fileURLToPath(new URL(file, root)), 'utf8')
}

test('the table has every row once', () => {
  expect(readRows().map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, position) => position + 1))
})

test('every row that a server has part in has a test of the server', () => {
  const without = readRows().filter(({ side, server }) => side.includes('S') && referencesOf(server).length === 0)
  expect(without.map(({ number }) => number)).toEqual([])
})

test('every test that the table names is there, and those of the engine begin with their row', () => {
  for (const { number, server, other } of readRows()) {
    for (const [file, name] of [...referencesOf(server), ...referencesOf(other)]) {
      expect([file, name, sourceOf(file).includes(name)]).toEqual([file, name, true])
      if (!/^(?:server|client)\//.test(file)) continue
      expect([number, name, new RegExp(`^(?:row \\d+, )*row ${number}[:,]`).test(name)]).toEqual([number, name, true])
    }
  }
})
