/**
 * The casync engine beside the real casync, in one run: make, make again, extract, pull over stdio. Only the ratios mean
 * anything, and only when both made the same: `node bench/casync.ts [TREE]`, without an argument a tree is made. The engine
 * runs as it is built, like the program that people have. Each row is measured twice, in turns, and the faster counts.
 */

import { spawnSync } from 'node:child_process'
import { chmodSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'rolldown'
import { type Command, type Measurement, measure } from './measure.ts'
import { makeTree } from './tree.ts'

const work = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'casync-bench-'))
/** casync always prints a digest of the whole; a backup of ours has no use for it. */
const rows = ['make', 'make, and digest', 'make again', 'extract', 'pull'] as const
type Row = (typeof rows)[number]

const rounds = 2
const treeFolders = 40

try {
  const tool = await buildTool()
  const tree = process.argv[2] ? resolve(process.argv[2]) : makeTree(work, treeFolders)
  spawnSync('sh', ['-c', 'tar -C "$1" -cf - . | cat > /dev/null', 'sh', tree])
  const results = new Map<Row, Record<'holdfast' | 'casync', Measurement>>()
  for (let round = 0; round < rounds; round++) {
    const [holdfast, casync] = [ours(tool, tree), theirs(tree)]
    for (const row of rows) {
      // One after the other for each row, so that what else the machine does hits both.
      const measured = { holdfast: await measureOnce(holdfast[row]), casync: await measureOnce(casync[row]) }
      const before = results.get(row) ?? measured
      results.set(row, {
        holdfast: faster(before.holdfast, measured.holdfast),
        casync: faster(before.casync, measured.casync),
      })
    }
    compareResults()
    for (const name of ['holdfast', 'casync']) rmSync(join(work, name), { recursive: true })
  }
  print(results)
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function measureOnce(command: Command): Promise<Measurement> {
  spawnSync('sync')
  return await measure(command)
}

function faster(one: Measurement, other: Measurement): Measurement {
  return one.seconds <= other.seconds ? one : other
}

function compareResults(): void {
  const our = join(work, 'holdfast')
  const their = join(work, 'casync')
  const isSame = (script: string): boolean => spawnSync('sh', ['-c', script, 'sh', our, their]).status === 0
  const list = (folder: string): string => `(cd "${folder}/s.castr" && find . -type f | sort)`
  const same = {
    indexes: isSame('cmp "$1/first.caidx" "$2/first.caidx" && cmp "$1/second.caidx" "$2/second.caidx"'),
    'names of chunks': isSame(`[ "$${list('$1')}" = "$${list('$2')}" ]`),
    'extracted trees': isSame('diff -r --no-dereference "$1/out" "$2/out"'),
  }
  for (const [what, areSame] of Object.entries(same)) {
    console.log(areSame ? `The ${what} are the same.` : `THE ${what.toUpperCase()} DIFFER.`)
    if (!areSame) process.exitCode = 1
  }
  const script = 'du -s --apparent-size -B1 "$1" | cut -f1'
  const [ourBytes, theirBytes] = [our, their].map((folder) =>
    Number(spawnSync('sh', ['-c', script, 'sh', `${folder}/s.castr`], { encoding: 'utf8' }).stdout),
  )
  if (ourBytes && theirBytes) console.log(`Size of the store: ${(ourBytes / theirBytes).toFixed(3)} of casync's.\n`)
}

function print(results: ReadonlyMap<Row, Record<'holdfast' | 'casync', Measurement>>): void {
  console.log(
    '| | holdfast | casync | casync ÷ holdfast | processor seconds | peak memory |\n|---|--:|--:|--:|--:|--:|',
  )
  for (const [row, { holdfast, casync }] of results) {
    const ratio = (casync.seconds / holdfast.seconds).toFixed(2)
    const cpu = `${holdfast.cpuSeconds.toFixed(2)} and ${casync.cpuSeconds.toFixed(2)}`
    const peak = (holdfast.peakBytes / 1024 ** 2).toFixed(0)
    const times = `${holdfast.seconds.toFixed(2)} s | ${casync.seconds.toFixed(2)} s`
    console.log(`| ${row} | ${times} | ${ratio} | ${cpu} | ${peak} MiB |`)
  }
}

/** As in rolldown.config.ts. */
async function buildTool(): Promise<string> {
  const dir = join(work, 'built')
  await build({
    input: ['bench/casync-tool.ts', ...globSync('src-main/engines/casync/**/*.worker.ts')],
    platform: 'node',
    external: /^[^./]/,
    logLevel: 'silent',
    output: { dir, format: 'esm', preserveModules: true, preserveModulesRoot: '.', entryFileNames: '[name].js' },
  })
  writeFileSync(join(work, 'package.json'), '{ "type": "module" }')
  symlinkSync(resolve('node_modules'), join(work, 'node_modules'))
  return join(dir, 'bench/casync-tool.js')
}

function ours(tool: string, tree: string): Record<Row, Command> {
  const folder = folderOf('holdfast')
  const [store, first] = [join(folder, 's.castr'), join(folder, 'first.caidx')]
  // As the program does in its data folder.
  const environment = { NODE_COMPILE_CACHE: join(work, 'compile-cache') }
  const run = (...args: string[]): Command => ({ argv: [process.execPath, tool, ...args], environment })
  return {
    make: run('make', tree, first, store),
    'make, and digest': run('make-digest', tree, join(folder, 'digest.caidx'), join(folder, 'd.castr')),
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
    'make, and digest': run(`--store=${join(folder, 'd.castr')}`, 'make', join(folder, 'digest.caidx'), tree),
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
