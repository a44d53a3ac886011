import { createContextKey, type HandlerContext } from '@connectrpc/connect'

/** The protocol version that was negotiated for a call (section 4.2, rule 8). */
export const negotiatedVersion = createContextKey<number | undefined>(undefined, {
  description: 'negotiated protocol version',
})

/** Aborts when the token of a call is not taken any more. */
export const tokenEnd = createContextKey<AbortSignal | undefined>(undefined, { description: 'end of the token' })

/** When a call that only waits or watches ends: its peer has gone, the server goes, or its token was revoked. */
export function endOfWaiting({ signal, values }: HandlerContext, stopping: AbortSignal): AbortSignal {
  const token = values.get(tokenEnd)
  return AbortSignal.any(token === undefined ? [signal, stopping] : [signal, stopping, token])
}

/** Both names under which the methods of this server are found. */
export const vagrantService = 'hashicorp.vagrant.Vagrant'
export const snapshotService = 'hashicorp.vagrant.VagrantSnapshots'

export function isVagrantService(typeName: string): boolean {
  return typeName === vagrantService || typeName === snapshotService
}
