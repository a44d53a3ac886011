/**
 * The casync engine beside the real casync, in one run: make, make again, extract, pull over stdio. Only the ratios mean
 * anything, and only when both made the same: `node bench/casync.ts [TREE]`, without an argument a tree is made.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Command, type Measurement, measure } from './measure.ts'
import { makeTree } from './tree.ts'

const work = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'casync-bench-'))
const rows = ['make', 'make again', 'extract', 'pull'] as const
type Row = (typeof rows)[number]

try {
  const tree = process.argv[2] ? resolve(process.argv[2]) : makeTree(work)
  spawnSync('sh', ['-c', 'tar -C "$1" -cf - . | cat > /dev/null', 'sh', tree])
  const tools = { holdfast: ours(tree), casync: theirs(tree) }
  const results = new Map<Row, Partial<Record<keyof typeof tools, Measurement>>>()
  for (const row of rows) {
    // One after the other for each row, so that what else the machine does hits both.
    for (const name of ['holdfast', 'casync'] as const) {
      spawnSync('sync')
      results.set(row, { ...results.get(row), [name]: await measure(tools[name][row]) })
    }
  }
  const index = (name: string) => readFileSync(join(work, name, 'first.caidx'))
  console.log(index('holdfast').equals(index('casync')) ? 'The indexes are the same.' : 'THE INDEXES DIFFER.')
  console.log('\n| | holdfast | casync | casync ÷ holdfast | peak memory |\n|---|--:|--:|--:|--:|')
  for (const [row, { holdfast, casync }] of results) {
    if (holdfast === undefined || casync === undefined) continue
    const ratio = (casync.seconds / holdfast.seconds).toFixed(2)
    const peak = (holdfast.peakBytes / 1024 ** 2).toFixed(0)
    console.log(
      `| ${row} | ${holdfast.seconds.toFixed(2)} s | ${casync.seconds.toFixed(2)} s | ${ratio} | ${peak} MiB |`,
    )
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

function ours(tree: string): Record<Row, Command> {
  const folder = folderOf('holdfast')
  const [store, first] = [join(folder, 's.castr'), join(folder, 'first.caidx')]
  const run = (...args: string[]): Command => ({ argv: [process.execPath, 'bench/casync-tool.ts', ...args] })
  return {
    make: run('make', tree, first, store),
    'make again': run('make', tree, join(folder, 'second.caidx'), store),
    extract: run('extract', first, store, join(folder, 'out')),
    pull: run('pull', first, store),
  }
}

/** Features that both carry of every tree: owners as numbers, permissions, times in seconds, every kind of node. */
function theirs(tree: string): Record<Row, Command> {
  const folder = folderOf('casync')
  const [store, first] = [join(folder, 's.castr'), join(folder, 'first.caidx')]
  const ssh = join(folder, 'fake-ssh')
  writeFileSync(ssh, '#!/bin/sh\nshift\nexec "$@"\n')
  chmodSync(ssh, 0o755)
  const run = (...args: string[]): Command => ({
    argv: ['casync', '--with=unix', ...args],
    environment: { CASYNC_SSH_PATH: ssh },
  })
  return {
    make: run(`--store=${store}`, 'make', first, tree),
    'make again': run(`--store=${store}`, 'make', join(folder, 'second.caidx'), tree),
    extract: run(`--store=${store}`, '--seed-output=no', 'extract', first, join(folder, 'out')),
    pull: run(`--store=host:${store}`, 'digest', `host:${first}`),
  }
}

function folderOf(name: string): string {
  const folder = join(work, name)
  mkdirSync(folder, { recursive: true })
  return folder
}
