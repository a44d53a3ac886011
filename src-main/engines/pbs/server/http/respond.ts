import { CLEARED_COOKIE } from '../../wire/credentials.ts'
import { ApiError } from '../api-error.ts'
import type { Clock } from '../clock.ts'
import { toRefusal } from './dispatch.ts'
import { type Format, jsonFormat, type Outgoing } from './format.ts'

/** How long refusals wait (spec pbs §1.3), so that passwords and digests cannot be tried quickly. */
const AUTHENTICATION_DELAY_MS = 3000
const PERMISSION_DELAY_MS = 500

export interface RefusalOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Hears of failures that are bugs. */
  readonly onBug: (error: unknown) => void
  readonly format?: Format | undefined
}

/** Runs a call; what it throws becomes the reply, late when it is about rights. */
export async function answer(run: () => Promise<Outgoing>, options: RefusalOptions): Promise<Outgoing> {
  try {
    return await run()
  } catch (error) {
    options.signal.throwIfAborted()
    return await refuse(error, options)
  }
}

export async function refuse(
  error: unknown,
  { clock, signal, onBug, format = jsonFormat }: RefusalOptions,
): Promise<Outgoing> {
  const refusal = toRefusal(error)
  if (refusal === undefined) {
    onBug(error)
    return format.refusal(new ApiError('internal error', 500))
  }
  if (refusal.status === 401) await clock.delay(AUTHENTICATION_DELAY_MS, signal)
  if (refusal.status === 403) await clock.delay(PERMISSION_DELAY_MS, signal)
  const outgoing = format.refusal(refusal)
  if (refusal.status !== 401) return outgoing
  return { ...outgoing, headers: { ...outgoing.headers, 'set-cookie': CLEARED_COOKIE } }
}
