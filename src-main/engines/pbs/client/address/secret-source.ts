import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { HoldfastError } from '../../../../../src-shared/errors.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** No password is longer; a file that was named by mistake may be. */
const MAX_SECRET_BYTES = 64 << 10
const COMMAND_TIMEOUT_MS = 60_000

/**
 * A secret as the client of PBS takes it from the environment (spec pbs §1.2): in the variable itself, or behind it in an
 * open file (`_FD`), a file (`_FILE`) or the output of a command (`_CMD`). The first of them that is set counts, and its
 * first line. Throws `input/invalid`, without the secret, when it cannot be had.
 */
export function readSecret(variables: Variables, name: string): string | undefined {
  const at = (suffix: string) => variables[`${name}${suffix}`] || undefined
  const [direct, descriptor, file, command] = ['', '_FD', '_FILE', '_CMD'].map(at)
  if (direct !== undefined) return firstLine(direct)
  try {
    if (descriptor !== undefined) return firstLine(readBounded(Number(descriptor)))
    if (file !== undefined) return firstLine(readBounded(file))
    if (command !== undefined) return firstLine(run(command))
  } catch (cause) {
    const source = descriptor !== undefined ? '_FD' : file !== undefined ? '_FILE' : '_CMD'
    throw new HoldfastError('input/invalid', { detail: `What ${name}${source} names cannot be read.`, cause })
  }
  return undefined
}

function readBounded(source: string | number): string {
  if (typeof source === 'number' && !Number.isInteger(source)) throw new Error('no descriptor')
  const bytes = readFileSync(source)
  if (bytes.length > MAX_SECRET_BYTES) throw new Error('too long')
  return bytes.toString('utf8')
}

function run(command: string): string {
  return execFileSync('/bin/sh', ['-c', command], {
    encoding: 'utf8',
    maxBuffer: MAX_SECRET_BYTES,
    timeout: COMMAND_TIMEOUT_MS,
    stdio: ['inherit', 'pipe', 'inherit'],
  })
}

/** What an editor left at the end does not count. */
function firstLine(text: string): string | undefined {
  return text.split(/\r?\n/, 1)[0] || undefined
}
