import { oc } from '@orpc/contract'
import { z } from 'zod'
import { raises } from './raises.ts'

/** `name@pbs`, and `name@pbs!token` for tokens (spec pbs §1.2). */
const userId = z.string().max(64)
const authId = z.string().max(128)

export const accountRole = z.enum([
  'Admin',
  'Audit',
  'NoAccess',
  'DatastoreAdmin',
  'DatastoreReader',
  'DatastoreBackup',
  'DatastorePowerUser',
  'DatastoreAudit',
])

const right = z.object({ path: z.string().max(256), authId, role: accountRole })
const account = { isEnabled: z.boolean(), comment: z.string().optional(), expiresAt: z.number().optional() }

export const accounts = z.object({
  users: z.array(z.object({ userId, hasSecondFactor: z.boolean(), ...account })),
  tokens: z.array(z.object({ authId, ...account })),
  rights: z.array(right.extend({ propagates: z.boolean() })),
})
export type Accounts = z.infer<typeof accounts>

/** Who may use the Proxmox Backup server of this computer. Every change counts at the next call of whoever is connected. */
export const accountsContract = {
  list: oc.output(accounts).errors(raises('secret/unavailable')),
  addUser: oc
    .input(z.object({ userId, password: z.string().min(8).max(1024), comment: z.string().max(256).optional() }))
    .output(z.void())
    .errors(raises('input/invalid')),
  setPassword: oc
    .input(z.object({ userId, password: z.string().min(8).max(1024) }))
    .output(z.void())
    .errors(raises('input/invalid')),
  /** With all tokens and rights of the user. */
  removeUser: oc.input(z.object({ userId })).output(z.void()),
  /** The secret is shown this once. */
  addToken: oc
    .input(z.object({ authId, comment: z.string().max(256).optional() }))
    .output(z.object({ secret: z.string() }))
    .errors(raises('input/invalid')),
  removeToken: oc.input(z.object({ authId })).output(z.void()),
  grant: oc.input(right).output(z.void()).errors(raises('input/invalid')),
  revoke: oc.input(right).output(z.void()),
}
