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
  trust: z
    .object({
      /** Every snapshot is read back whole within so many days; 0 leaves it to the person. */
      readBackDays: z.number().int().min(0).max(365).default(30),
      /** Once a week a few files of each plan are restored, compared and removed. */
      testRestores: z.boolean().default(true),
    })
    .prefault({}),
  /** Bytes a second for reading sources; absent is no limit. */
  readLimitBytesPerSecond: z.number().int().positive().optional(),
  workerThreads: z.number().int().min(1).max(32).optional(),
})
export type Settings = z.infer<typeof settings>
