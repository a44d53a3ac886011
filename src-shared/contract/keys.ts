import { oc } from '@orpc/contract'
import { z } from 'zod'
import { count, keyId, timestamp } from '../model/ids.ts'
import { raises } from './raises.ts'

/** So many groups of the key somebody reads from paper to show that the sheet is there and legible. */
export const provingGroups = 3

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
  /** The recovery sheet: the key file's text and how to restore with it. Marks the sheet as saved where it is kept. */
  sheet: oc
    .input(z.object({ id: keyId, isKept: z.boolean().default(true) }))
    .output(z.object({ text: z.string(), keyFile: z.string(), groups: count }))
    .errors(raises('key/missing', 'secret/unavailable')),
  /** Marks the sheet as saved when these numbered groups were read from it rightly. */
  proveSheet: oc
    .input(
      z.object({
        id: keyId,
        typed: z.array(z.object({ at: count.min(1), text: z.string().max(100) })).length(provingGroups),
      }),
    )
    .output(encryptionKey)
    .errors(raises('key/missing', 'input/invalid', 'secret/unavailable')),
}
