import { type Icon, IconBucket, IconDatabaseShare, IconListCheck, IconServer } from '@tabler/icons-react'
import type { Server, ServerKind } from '../../../src-shared/model/server.ts'

export interface ServerWords {
  readonly name: string
  readonly icon: Icon
  /** What turning it on means for whoever can reach this computer. */
  readonly exposes: string
}

export const serverWords: Record<ServerKind, ServerWords> = {
  pbs: {
    name: 'Proxmox Backup server',
    icon: IconServer,
    exposes:
      'Other machines can back up to the repositories below, and read what their account may read. Everything travels over TLS; nobody gets in without an account.',
  },
  'xtrabackup-agent': {
    name: 'MySQL backup agent',
    icon: IconDatabaseShare,
    exposes:
      'Whoever is allowed below can have this computer run its backup tool and take a copy of the whole database server.',
  },
  couchbase: {
    name: 'Couchbase snapshot server',
    icon: IconBucket,
    exposes: 'Whoever knows the account can read the snapshots in the folder below, keys of their encryption included.',
  },
  jobs: {
    name: 'Job server',
    icon: IconListCheck,
    exposes:
      'Runners on other machines can take jobs from here, and whoever has a token can queue jobs and read their output.',
  },
}

/** `127.0.0.1:8007`, as one types it. */
export function addressOf({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** One line for the list. */
export function statusLine({ status }: Server): string {
  switch (status.state) {
    case 'stopped':
      return 'Off'
    case 'starting':
      return 'Starting…'
    case 'failed':
      return 'Could not be started'
    case 'running': {
      const { length } = status.connections
      return `${addressOf(status.listen)}, ${length === 0 ? 'nobody connected' : `${length} connected`}`
    }
  }
}

/** Only loopback is this computer alone. */
export function isReachableByOthers(host: string): boolean {
  return !(host === 'localhost' || host === '::1' || host.startsWith('127.'))
}
