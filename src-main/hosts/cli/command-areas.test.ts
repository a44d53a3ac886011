import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { commandAreas } from './command-areas.ts'

test('each area has the commands that its file declares, and no two the same', async () => {
  for (const { names, load } of commandAreas) {
    const program = new Command()
    const add = await load()
    add(program)
    expect(program.commands.map((command) => command.name())).toEqual(names)
  }
  const all = commandAreas.flatMap(({ names }) => names)
  expect(new Set(all).size).toBe(all.length)
})

test('every command of the program is in an area', () => {
  const folder = join(import.meta.dirname, 'commands')
  const declared = readdirSync(folder).flatMap((file) => {
    const source = readFileSync(join(folder, file), 'utf8')
    return [...source.matchAll(/\bprogram\s*\.command\('([\w-]+)/g)].map(([, name]) => name)
  })
  expect(declared.toSorted()).toEqual([...commandAreas.flatMap(({ names }) => names), 'completion'].toSorted())
})
