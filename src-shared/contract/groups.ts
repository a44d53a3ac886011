import { oc } from '@orpc/contract'
import { z } from 'zod'
import { repositoryId } from '../model/ids.ts'
import { backupId, namespace } from '../model/plan.ts'
import { backupType } from '../model/snapshot.ts'
import { raises } from './raises.ts'

const group = z.object({ namespace: namespace.default(''), type: backupType, backupId })

/** All snapshots of one thing in one namespace, and whom they belong to on their server. */
export const storedGroup = group.extend({ owner: z.string().optional(), notes: z.string() })
export type StoredGroup = z.infer<typeof storedGroup>

const place = z.object({ repositoryId })
const refusals = raises(
  'repository/unknown',
  'repository/unsupported',
  'repository/unreachable',
  'repository/refused',
  'auth/denied',
  'path/not-found',
  'path/not-empty',
  'input/invalid',
  'disk/read-only',
)

/** What repositories know of groups and namespaces besides their snapshots: those with the capability `groups`. */
export const groupsContract = {
  list: oc
    .input(place)
    .output(z.object({ groups: z.array(storedGroup), namespaces: z.array(z.string()) }))
    .errors(refusals),
  /** Hands a group over: to another account, or to a token. The server decides who may. */
  setOwner: oc
    .input(place.extend({ group, owner: z.string().trim().min(1).max(200) }))
    .output(z.void())
    .errors(refusals),
  setNotes: oc
    .input(place.extend({ group, notes: z.string().max(16_384) }))
    .output(z.void())
    .errors(refusals),
  /** The one above it has to be there. */
  createNamespace: oc
    .input(place.extend({ namespace: namespace.min(1) }))
    .output(z.void())
    .errors(refusals),
  /** Only an empty one. */
  removeNamespace: oc
    .input(place.extend({ namespace: namespace.min(1) }))
    .output(z.void())
    .errors(refusals),
}
