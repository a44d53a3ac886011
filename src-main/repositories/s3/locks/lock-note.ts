import { z } from 'zod'
import { HoldfastError } from '../../../../src-shared/errors.ts'
import type { LockStore } from './bucket-locks.ts'
import { type LockKind, parseLockName } from './lock-name.ts'

/** What a lock holds: who it is, for people. Nothing is decided by it. */
export interface LockNote {
  readonly host: string
  readonly pid: number
  /** By the clock of that computer. */
  readonly startedAt: string
  /** Which group or snapshot. */
  readonly of: string
}

const MAX_NOTE_BYTES = 4096
const printable = /^[^\p{Cc}]*$/u

const lockNote = z.object({
  host: z.string().min(1).max(255).regex(printable),
  pid: z.number().int().nonnegative(),
  startedAt: z.iso.datetime(),
  of: z.string().max(600).regex(printable),
})

const doing: Readonly<Record<LockKind, string>> = {
  read: 'reads',
  write: 'backs up',
  remove: 'removes',
  change: 'changes',
  sweep: 'clears away what is not used any more',
}

export function formatLockNote(note: LockNote): Uint8Array {
  return Buffer.from(`${JSON.stringify(note)}\n`)
}

/** `repository/locked`, saying who holds the lock of that name as far as it can be read. */
export async function refusalFor(
  store: Pick<LockStore, 'get'>,
  { name, staleMs }: { readonly name: string; readonly staleMs: number },
  signal: AbortSignal,
): Promise<HoldfastError> {
  const note = await readNote(store, name, signal)
  const kind = parseLockName(name)?.kind
  const what = [kind === undefined ? 'holds a lock' : doing[kind], note?.of ?? '']
    .filter((word) => word !== '')
    .join(' ')
  const who = note === undefined ? 'Another computer' : `${note.host} (process ${note.pid})`
  const since = note === undefined ? '' : `, since ${note.startedAt}`
  const minutes = Math.ceil(staleMs / 60_000)
  return new HoldfastError('repository/locked', {
    detail: `${who} ${what}${since}.`,
    hint: `Try again when it has finished. What a computer left locked when it went off is free after ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}.`,
  })
}

/** Undefined also when it cannot be had: it may be gone by now, and why there is a refusal is known without it. */
async function readNote(
  store: Pick<LockStore, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<LockNote | undefined> {
  try {
    const found = await store.get(name, MAX_NOTE_BYTES, signal)
    return found === undefined ? undefined : lockNote.parse(JSON.parse(found.bytes.toString('utf8')))
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
