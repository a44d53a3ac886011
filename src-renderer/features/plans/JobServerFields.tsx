import type { SecretId } from '../../../src-shared/model/ids.ts'
import { jobServerAddress } from '../../../src-shared/model/job-server-source.ts'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { ServerSelect } from '../../ui/job-servers/ServerSelect.tsx'
import type { StepProps } from './StepFrame.tsx'

type Source = Extract<PlanSource, { kind: 'job-server' }>

/** Stands for a server that was not chosen yet. */
const nobody = '00000000-0000-4000-8000-000000000000' as SecretId // a UUID that random ones never are

export const noServer: Source = { kind: 'job-server', address: '', tls: 'none', serverId: nobody }

export function sourceOfServer(server: KnownJobServer): Source {
  return { kind: 'job-server', ...jobServerAddress.parse(server), serverId: server.id }
}

/** Which job server: one that a person connected to, so that its token lies in the safe already. */
export function JobServerFields({ source, change }: Pick<StepProps, 'change'> & { readonly source: Source }) {
  return (
    <>
      <ServerSelect
        value={source.address === '' ? undefined : source.serverId}
        onChange={(server) => change({ source: sourceOfServer(server) })}
      />
      <p className="hf-sm hf-2" style={{ marginTop: 8 }}>
        {t('fleet.sourceHelp')}
      </p>
    </>
  )
}
