import { createContextKey } from '@connectrpc/connect'

/** The protocol version that was negotiated for a call (section 4.2, rule 8). */
export const negotiatedVersion = createContextKey<number | undefined>(undefined, {
  description: 'negotiated protocol version',
})

/** Both names under which the methods of this server are found. */
export const vagrantService = 'hashicorp.vagrant.Vagrant'
export const snapshotService = 'hashicorp.vagrant.VagrantSnapshots'

export function isVagrantService(typeName: string): boolean {
  return typeName === vagrantService || typeName === snapshotService
}
