import { z } from 'zod'

const keep = z.number().int().min(1).max(10_000).optional()

/** How many snapshots to keep (spec pbs §8.5). None given means that everything is kept. */
export const retention = z.object({
  last: keep,
  hourly: keep,
  daily: keep,
  weekly: keep,
  monthly: keep,
  yearly: keep,
})
export type Retention = z.infer<typeof retention>
