import { z } from 'zod'
import { keyId, timestamp } from '../../../src-shared/model/ids.ts'

/** What is public about a key: enough to find and name it. The key itself is in the secret store or in its own file. */
export const keyFacts = z.object({
  id: keyId,
  name: z.string().trim().min(1).max(100),
  /** As the manifest spells it (spec pbs §6). */
  fingerprint: z.string().min(1).max(128),
  kdf: z.enum(['none', 'scrypt', 'pbkdf2']),
  hint: z.string().max(1024).optional(),
  createdAt: timestamp,
  /** When the person confirmed that a paper copy exists. */
  paperAt: timestamp.optional(),
})
export type KeyFacts = z.infer<typeof keyFacts>
