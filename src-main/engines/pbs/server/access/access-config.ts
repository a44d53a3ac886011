import { z } from 'zod'
import { isUserId, parseAuthId } from '../../wire/names.ts'
import { isPasswordHash } from './password-hash.ts'
import { roleNames } from './privileges.ts'

/** Who may do what, as a host keeps it. Secrets are in it only as hashes, except those of second factors. */

const passwordHash = z.string().refine(isPasswordHash, 'is no password hash')

const comment = z.string().max(1024).optional()

const user = z.strictObject({
  userId: z.string().refine(isUserId, 'is no user id'),
  passwordHash,
  /** Base32 secret of an authenticator app; with it a password alone is not enough. */
  totpSecret: z
    .string()
    .regex(/^[A-Z2-7]{16,128}=*$/)
    .optional(),
  isEnabled: z.boolean().default(true),
  /** Unix seconds; from then on no login. */
  expiresAt: z.int().optional(),
  comment,
})

const token = z.strictObject({
  authId: z.string().refine((text) => parseAuthId(text)?.token !== undefined, 'is no token id'),
  secretHash: passwordHash,
  isEnabled: z.boolean().default(true),
  expiresAt: z.int().optional(),
  comment,
})

const aclEntry = z.strictObject({
  /** `/`, `/datastore`, `/datastore/<store>`, `/datastore/<store>/<namespace…>`. */
  path: z.string().regex(/^\/(?:[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*)?$/),
  authId: z.string().refine((text) => parseAuthId(text) !== undefined, 'is no auth id'),
  role: z.enum(roleNames),
  /** Does it hold for what lies below the path too? */
  propagates: z.boolean().default(true),
})

export const accessConfig = z.strictObject({
  version: z.literal(1).default(1),
  users: z.array(user).default([]),
  tokens: z.array(token).default([]),
  acl: z.array(aclEntry).default([]),
})

export type AccessConfig = z.infer<typeof accessConfig>
export type AccessConfigInput = z.input<typeof accessConfig>
export type AclEntry = z.infer<typeof aclEntry>
