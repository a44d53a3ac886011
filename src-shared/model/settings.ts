import { z } from 'zod'

export const settings = z.object({
  language: z.enum(['system', 'en', 'de']).default('system'),
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  density: z.enum(['dense', 'comfortable']).default('dense'),
  startAtLogin: z.boolean().default(false),
  keepInTray: z.boolean().default(true),
  notify: z
    .object({
      failures: z.boolean().default(true),
      warnings: z.boolean().default(true),
      successes: z.boolean().default(false),
    })
    .prefault({}),
  /** Bytes a second for reading sources; absent is no limit. */
  readLimitBytesPerSecond: z.number().int().positive().optional(),
  workerThreads: z.number().int().min(1).max(32).optional(),
})
export type Settings = z.infer<typeof settings>
