import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { nodePipes } from '../exchange/byte-pipes.ts'
import { runCasyncServer } from './run-casync-server.ts'

/**
 * Our server as a program, in place of ssh and the casync behind it: `script HOST PROGRAM pull|push …`. What the real casync
 * is given as CASYNC_SSH_PATH; paths are relative to `folder`.
 */
export function writeServerScript(script: string, folder: string): void {
  const words = [process.execPath, fileURLToPath(import.meta.url), folder].map((word) => `'${word}'`)
  writeFileSync(script, `#!/bin/sh\nshift 2\nexec ${words.join(' ')} "$@"\n`)
  chmodSync(script, 0o755)
}

async function main(folder: string, args: readonly string[]): Promise<void> {
  const pipes = nodePipes(process.stdin, process.stdout)
  try {
    await runCasyncServer({ args, pipes, folder, silenceMs: 20_000 }, new AbortController().signal)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
  pipes.destroy()
}

const [, script, folder, ...args] = process.argv
if (script !== undefined && path.resolve(script) === fileURLToPath(import.meta.url) && folder !== undefined) {
  await main(folder, args)
}
