import { oc } from '@orpc/contract'
import { z } from 'zod'
import { keyId, timestamp } from '../model/ids.ts'
import { raises } from './raises.ts'

/** What may be known of a key. The key itself never crosses, except as the recovery sheet a person asks for. */
export const encryptionKey = z.object({
  id: keyId,
  name: z.string().trim().min(1).max(100),
  fingerprint: z.string(),
  createdAt: timestamp,
  hasPassphrase: z.boolean(),
  sheetSavedAt: timestamp.optional(),
})
export type EncryptionKey = z.infer<typeof encryptionKey>

export const keysContract = {
  list: oc.output(z.array(encryptionKey)),
  create: oc
    .input(z.object({ name: z.string().trim().min(1).max(100), passphrase: z.string().min(5).optional() }))
    .output(encryptionKey)
    .errors(raises('secret/unavailable')),
  /** A PBS key file, as text. */
  import: oc
    .input(
      z.object({
        name: z.string().trim().min(1).max(100),
        text: z.string().max(65_536),
        passphrase: z.string().optional(),
      }),
    )
    .output(encryptionKey)
    .errors(raises('key/invalid', 'key/denied', 'secret/unavailable')),
  /** The same key under another passphrase, or under none. What was encrypted with it stays as it is. */
  changePassphrase: oc
    .input(z.object({ id: keyId, passphrase: z.string().min(5).optional() }))
    .output(encryptionKey)
    .errors(raises('key/missing', 'key/denied', 'key/invalid', 'secret/unavailable')),
  /** The recovery sheet: the key file's text and how to restore with it. Marks the sheet as saved. */
  sheet: oc
    .input(z.object({ id: keyId }))
    .output(z.object({ text: z.string(), keyFile: z.string() }))
    .errors(raises('key/missing', 'secret/unavailable')),
}
