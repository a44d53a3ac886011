import { ProtocolError } from '../../../../src-shared/errors.ts'
import { pairsLimit, protocolName } from './limits.ts'
import type { MessageReader } from './message-reader.ts'

/**
 * A block of keys and values (spec xtrabackup-agent §3): a count, so many lines, an empty line.
 *
 *     2
 *     status=FAILED
 *     msg=Incompatible client version 1.0.0.
 *     (empty)
 */
export type KvBlock = ReadonlyMap<string, string>

export interface ReadBlockOptions {
  /** Only what the original lets through; for tests against its rules. */
  readonly isStrict?: boolean
  /** Passes over whatever stands where the empty line should, as the original does. */
  readonly isLenient?: boolean
}

/** All that the original agent lets through in a request (§3.2). */
const oldCharacters = /^[A-Za-z0-9_\s\-*/"'.@:;+=^$]*$/

export function isOldText(text: string): boolean {
  return oldCharacters.test(text)
}

/** A line feed in a value would end it: it becomes the two characters `\n`. */
export function encodeBlock(pairs: Iterable<readonly [string, string]>): string {
  const lines = Array.from(pairs, ([key, value]) => {
    if (key === '' || /[=\n]/.test(key)) throw new Error(`${JSON.stringify(key)} cannot be a key`)
    return `${key}=${value.replaceAll('\n', '\\n')}\n`
  })
  return `${lines.length}\n${lines.join('')}\n`
}

/** Reads a block whole. */
export async function readBlock(reader: MessageReader, options: ReadBlockOptions = {}): Promise<KvBlock> {
  reader.newHeader()
  return readBlockAfter(await reader.line('count'), reader, options)
}

/** `undefined` when the connection ended instead. */
export async function readBlockOrEnd(
  reader: MessageReader,
  options: ReadBlockOptions = {},
): Promise<KvBlock | undefined> {
  reader.newHeader()
  const first = await reader.lineOrEnd('count')
  return first === undefined ? undefined : readBlockAfter(first, reader, options)
}

/** The rest of a block whose first line was read. */
export async function readBlockAfter(
  countLine: string,
  reader: MessageReader,
  { isStrict = false, isLenient = false }: ReadBlockOptions = {},
): Promise<KvBlock> {
  const refuse = (field: string, problem: string): ProtocolError =>
    new ProtocolError(protocolName, field, reader.window.position, problem)
  if (!/^\d{1,9}$/.test(countLine)) throw refuse('count', `Bad input: ${shorten(countLine)}`)
  const count = Number(countLine)
  if (count > pairsLimit) throw refuse('count', `${count} pairs are more than ${pairsLimit}`)
  const pairs = new Map<string, string>()
  for (let index = 0; index < count; index++) {
    const line = await reader.line('pair')
    if (isStrict && (line === '' || !isOldText(line))) throw refuse('pair', `Bad data in ${shorten(line)}`)
    if (!isLenient && hasControl(line)) throw refuse('pair', `Bad data in ${shorten(line)}`)
    const equals = line.indexOf('=')
    if (equals <= 0) throw refuse('pair', `Bad data in ${shorten(line)}`)
    pairs.set(line.slice(0, equals), line.slice(equals + 1))
  }
  const last = await reader.line('end of the block')
  if (last !== '' && !isLenient) throw refuse('end of the block', `Bad data in ${shorten(last)}`)
  return pairs
}

/** An empty value means that there is none. */
export function pairValue(block: KvBlock, key: string): string | undefined {
  const value = block.get(key)
  return value === '' ? undefined : value
}

export function failedBlock(message: string): string {
  return encodeBlock([
    ['status', 'FAILED'],
    ['msg', message],
  ])
}

function hasControl(line: string): boolean {
  for (let at = 0; at < line.length; at++) {
    const code = line.charCodeAt(at)
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return true
  }
  return false
}

/** What came from outside is shown in part, and never in a way that moves a cursor. A password is after the `=`. */
function shorten(line: string): string {
  const equals = line.indexOf('=')
  return JSON.stringify((equals > 0 ? line.slice(0, equals + 1) : line).slice(0, 60))
}
