/**
 * One file pushed to and pulled from the real `casync` at the far end of a pipe, as a blob, as a tree with an index and as
 * an archive: `node bench/casync-gigabyte.ts [MIB]`, 1024 unless told otherwise. The memory is that of both ends together.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measure } from './measure.ts'

const mib = Number(process.argv[2] ?? 1024)
const work = mkdtempSync(join(process.env.HOLDFAST_BENCH ?? tmpdir(), 'casync-gigabyte-'))
const at = (name: string): string => join(work, name)
const main = fileURLToPath(new URL('../src-main/hosts/cli/main.ts', import.meta.url))

try {
  mkdirSync(at('tree'))
  mkdirSync(at('far'))
  mkdirSync(at('scratch'))
  writeFileSync(at('ssh'), '#!/bin/sh\nshift\nexec sh -c "$*"\n')
  chmodSync(at('ssh'), 0o755)
  const blob = at('tree/blob')
  spawnSync('sh', ['-c', `head -c ${mib}M /dev/urandom > "$1"`, 'sh', blob])
  console.log(`${mib} MiB that cannot be made smaller\n\n| | push | pull | peak memory |\n|---|--:|--:|--:|`)
  for (const [name, source] of [
    ['blob.caibx', blob],
    ['tree.caidx', at('tree')],
    ['tree.catar', at('tree')],
  ] as const) {
    const target = at(name === 'blob.caibx' ? 'back' : `${name}.back`)
    const push = await run('make', `host:${at(`far/${name}`)}`, source)
    const pull = await run('extract', '--seed-output=no', `host:${at(`far/${name}`)}`, target)
    const restored = name === 'blob.caibx' ? target : join(target, 'blob')
    if (spawnSync('cmp', [blob, restored]).status !== 0) throw new Error(`${name} came back differently`)
    rmSync(target, { recursive: true })
    rmSync(at('far'), { recursive: true })
    mkdirSync(at('far'))
    const peak = Math.max(push.peakBytes, pull.peakBytes) / 1024 ** 2
    console.log(`| ${name} | ${push.seconds.toFixed(1)} s | ${pull.seconds.toFixed(1)} s | ${peak.toFixed(0)} MiB |`)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

function run(...words: string[]) {
  const environment = { CASYNC_SSH_PATH: at('ssh'), TMPDIR: at('scratch') }
  return measure({ argv: [process.execPath, main, 'casync', ...words], environment })
}
