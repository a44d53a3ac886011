import { z } from 'zod'

/** SHA-256 as 64 lower-case hex characters: of a chunk (plain or keyed), an index or a blob. */
export const digest = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Digest'>()
export type Digest = z.infer<typeof digest>
