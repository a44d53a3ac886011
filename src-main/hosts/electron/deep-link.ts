import { z } from 'zod'
import { appScheme } from './trust.ts'

const route = z
  .string()
  .max(4096)
  .regex(/^\/[A-Za-z0-9\-._~/%?=&]*$/)
const screens: ReadonlySet<string> = new Set([
  'snapshots',
  'snapshot',
  'plans',
  'activity',
  'repositories',
  'services',
  'settings',
  'search',
  'compare',
])

/**
 * `holdfast://snapshots/…` from outside to a route of the window. Somebody else wrote it: anything that is not one of our
 * screens leads nowhere.
 */
export function routeFromLink(link: string): string | undefined {
  let url: URL
  try {
    url = new URL(link)
  } catch {
    return undefined
  }
  if (url.protocol !== `${appScheme}:` || !screens.has(url.host) || url.username || url.password || url.port)
    return undefined
  const screen = url.host === 'snapshot' ? 'snapshots' : url.host
  const parsed = route.safeParse(`/${screen}${url.pathname === '/' ? '' : url.pathname}${url.search}`)
  return parsed.success && !parsed.data.includes('..') ? parsed.data : undefined
}

/** The first link among a process's arguments; the rest is ignored (style S15). */
export function routeFromArguments(args: readonly unknown[]): string | undefined {
  for (const argument of args.slice(0, 64)) {
    if (typeof argument !== 'string' || !argument.startsWith(`${appScheme}://`)) continue
    const found = routeFromLink(argument)
    if (found) return found
  }
  return undefined
}
