import { type Icon, IconBucket, IconDatabaseShare, IconListCheck, IconServer } from '@tabler/icons-react'
import type { Server, ServerKind } from '../../../src-shared/model/server.ts'
import { t, type WordKey } from '../../i18n/translate.ts'

export interface ServerWords {
  readonly name: WordKey
  readonly icon: Icon
  /** What turning it on means for whoever can reach this computer. */
  readonly exposes: WordKey
}

export const serverWords: Record<ServerKind, ServerWords> = {
  pbs: {
    name: 'services.pbs',
    icon: IconServer,
    exposes: 'services.pbsExposes',
  },
  'xtrabackup-agent': {
    name: 'services.agent',
    icon: IconDatabaseShare,
    exposes: 'services.agentExposes',
  },
  couchbase: {
    name: 'services.couchbase',
    icon: IconBucket,
    exposes: 'services.couchbaseExposes',
  },
  jobs: {
    name: 'services.jobServer',
    icon: IconListCheck,
    exposes: 'services.jobServerExposes',
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
      return t('services.off')
    case 'starting':
      return t('services.starting')
    case 'failed':
      return t('services.notStarted')
    case 'running': {
      const { length } = status.connections
      const address = addressOf(status.listen)
      return length === 0 ? t('services.nobodyConnected', { address }) : t('services.connected', { address, n: length })
    }
  }
}

/** Only loopback is this computer alone. */
export function isReachableByOthers(host: string): boolean {
  return !(host === 'localhost' || host === '::1' || host.startsWith('127.'))
}
