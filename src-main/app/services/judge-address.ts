import { HoldfastError } from '../../../src-shared/errors.ts'
import { parsePbsAddress } from '../../engines/pbs/client/address/repository-address.ts'
import { kindOfAddress } from '../../repositories/address-kind.ts'
import { pbsCapabilities } from '../../repositories/pbs/pbs-repository.ts'
import { probePbsServer } from '../../repositories/pbs/probe-pbs-server.ts'
import { judgeCasync } from './judge-casync.ts'
import { type Judgement, judgeFolder } from './judge-folder.ts'
import { refusedJudgement, untrustedJudgement } from './judge-server.ts'
import { datastoreChoices, withAnyDatastore } from './server-alone.ts'

/** What a server wants before it answers. */
export interface Credentials {
  readonly secret?: string | undefined
  readonly fingerprint?: string | undefined
}

/** Looks at an address without changing anything: what is there, and what may be done with it. */
export async function judgeAddress(address: string, credentials: Credentials, signal: AbortSignal): Promise<Judgement> {
  const server = withAnyDatastore(address)
  if (server !== undefined) return judgePbs(server, { ...credentials, isLooking: true }, signal)
  switch (kindOfAddress(address)) {
    case 'pbs':
      return judgePbs(address, credentials, signal)
    case 'casync':
      return judgeCasync(address, signal)
    case 'datastore':
      return judgeFolder(address)
    case 's3': {
      // What speaks to buckets is larger than all of the others together.
      const { judgeBucket } = await import('./judge-bucket.ts')
      return judgeBucket(address, credentials, signal)
    }
  }
}

async function judgePbs(
  address: string,
  { secret, fingerprint, isLooking = false }: Credentials & { readonly isLooking?: boolean },
  signal: AbortSignal,
): Promise<Judgement> {
  const base = { kind: 'pbs', snapshots: 0, capabilities: [] } as const
  try {
    const parsed = parsePbsAddress(address)
    const { datastore } = parsed
    const options = { credentials: { secret, fingerprint }, now: () => Date.now() }
    const probe = await probePbsServer(address, options, signal)
    if (probe.state === 'untrusted') return untrustedJudgement('pbs', probe)
    const namespaces = [...probe.namespaces]
    const datastores = datastoreChoices(parsed, probe.datastores)
    if (probe.datastores.some(({ store }) => store === datastore)) {
      const sentence = `Proxmox Backup Server ${probe.version} answers; ${datastore} can be used.`
      return { ...base, capabilities: [...pbsCapabilities], state: 'ready', sentence, namespaces, datastores }
    }
    const names = probe.datastores.map(({ store }) => store).join(', ')
    const refusal = new HoldfastError('datastore/not-found', {
      detail: isLooking
        ? `The server answers. Choose one of its datastores${names === '' ? '; this account sees none' : `: ${names}`}.`
        : `The server shows no ${datastore} to this account${names === '' ? '' : `, only ${names}`}.`,
      hint: 'Check the name of the datastore, and the rights of the account.',
    })
    return { ...base, capabilities: [], state: 'refused', sentence: refusal.message, datastores, refusal }
  } catch (error) {
    return refusedJudgement('pbs', error)
  }
}
