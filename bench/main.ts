import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, type Measurement, measure } from './measure.ts'
import { availableTools } from './tools.ts'
import { makeTree } from './tree.ts'

/**
 * First backup, second backup and restore of one tree, beside the other programs of this machine, in one run: only the
 * ratios mean anything. `npm run bench -- /usr/share` takes a tree, without an argument one is made.
 */
const work = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'holdfast-bench-'))
const columns = ['first', 'second', 'restore'] as const
type Column = (typeof columns)[number]

try {
  const tree = process.argv[2] ? resolve(process.argv[2]) : makeTree(work)
  const size = spawnSync('sh', ['-c', 'du -sb --apparent-size "$1" | cut -f1; find "$1" | wc -l', 'sh', tree], {
    encoding: 'utf8',
  })
    .stdout.trim()
    .split('\n')
  console.log(
    `${tree}: ${(Number(size[0]) / 1024 ** 2).toFixed(0)} MiB in ${size[1]} entries, read once before to warm the cache\n`,
  )
  spawnSync('sh', ['-c', 'tar -C "$1" -cf - . | cat > /dev/null', 'sh', tree])

  const results = new Map<string, Partial<Record<Column, Measurement>>>()
  for (const tool of availableTools(tree, work)) {
    if (tool.prepare) await measure(tool.prepare)
    const row: Partial<Record<Column, Measurement>> = {}
    for (const column of columns) {
      const command: Command | undefined = tool[column]
      if (!command) continue
      spawnSync('sync')
      row[column] = await measure(command)
      console.error(`${tool.name}, ${column}: ${row[column].seconds.toFixed(2)} s`)
    }
    results.set(tool.name, row)
  }
  print(results)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function print(results: ReadonlyMap<string, Partial<Record<Column, Measurement>>>): void {
  const own = results.get('holdfast')
  const cell = (measured: Measurement | undefined, reference: Measurement | undefined) =>
    measured && reference
      ? `${measured.seconds.toFixed(2)} s (${(measured.seconds / reference.seconds).toFixed(2)}×)`
      : '–'
  console.log('| program | first backup | second backup | restore | peak memory |')
  console.log('|---|--:|--:|--:|--:|')
  for (const [name, row] of results) {
    const peak = Math.max(...columns.map((column) => row[column]?.peakBytes ?? 0)) / 1024 ** 2
    console.log(
      `| ${name} | ${columns.map((column) => cell(row[column], own?.[column])).join(' | ')} | ${peak.toFixed(0)} MiB |`,
    )
  }
  console.log('\nIn brackets: time in units of Holdfast; above 1 is slower than Holdfast.')
}
