import type { ServerTimeouts } from '../tool/server-timeouts.ts'
import { type KvBlock, pairValue } from '../wire/kv-block.ts'
import { Refusal } from './session.ts'

/** Eight hours, as the original. */
const defaultSeconds = 28_800
/** The most that a server takes for either of them. */
const largestSeconds = 31_536_000

export interface TimeoutWishes extends ServerTimeouts {
  /** Where they cannot be set, there is no backup. */
  readonly isNeeded: boolean
}

/**
 * What the server's timeouts are to be while the backup runs (spec xtrabackup-agent §4). A caller of the original who says
 * nothing means eight hours, and no backup without them; one who knows our extensions, and names none, means to leave
 * them: the programs of today set the timeouts of their own connections.
 */
export function readTimeoutWishes(request: KvBlock): TimeoutWishes | undefined {
  const wait = readSeconds(request, 'xtrabackup-agent:mysql-wait-timeout')
  const net = readSeconds(request, 'xtrabackup-agent:mysql-net-timeout')
  const must = pairValue(request, 'xtrabackup-agent:must-set-mysql-timeouts') ?? '1'
  if (must !== '0' && must !== '1') throw new Refusal('must-set-mysql-timeouts is neither 0 nor 1.')
  if (wait === undefined && net === undefined && pairValue(request, 'bkm-ext') === '1') return undefined
  return { waitSeconds: wait ?? defaultSeconds, netSeconds: net ?? defaultSeconds, isNeeded: must === '1' }
}

function readSeconds(request: KvBlock, key: string): number | undefined {
  const text = pairValue(request, key)
  if (text === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (seconds < 1 || seconds > largestSeconds)
    throw new Refusal(`${key.slice(key.indexOf(':') + 1)} is no number of seconds between 1 and ${largestSeconds}.`)
  return seconds
}
