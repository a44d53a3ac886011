import { Button, Modal } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { type JobServerFacts, jobServerFactsName } from '../../../src-shared/model/job-server-source.ts'
import type { KnownJobServer } from '../../../src-shared/model/known-job-server.ts'
import type { Snapshot } from '../../../src-shared/model/snapshot.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { CopyCommand } from '../../ui/CopyCommand.tsx'
import { formatBytes, formatCount, formatMoment } from '../../ui/format.ts'
import { ServerSelect } from '../../ui/job-servers/ServerSelect.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { useNow } from '../../ui/use-now.ts'

/** Snapshots of a job server say what is in them, and go back to one; others have no such button. */
export function JobServerButton({ snapshot }: { readonly snapshot: Snapshot }) {
  const [isOpen, setOpen] = useState(false)
  if (!snapshot.archives.some(({ filename }) => filename === `${jobServerFactsName}.blob`)) return null
  return (
    <>
      <Button leftSection={<IconListCheck size={16} stroke={1.75} aria-hidden />} onClick={() => setOpen(true)}>
        {t('services.jobServer')}
      </Button>
      <Modal
        opened={isOpen}
        onClose={() => setOpen(false)}
        size={640}
        title={t('services.jobServer')}
        closeButtonProps={{ 'aria-label': t('common.close') }}
      >
        <Stored snapshot={snapshot} />
        <PutBack snapshot={snapshot} />
      </Modal>
    </>
  )
}

function Stored({ snapshot }: { readonly snapshot: Snapshot }) {
  const facts = useQuery(['job-server-facts', snapshot.id], (client, signal) =>
    client.jobServers.facts({ snapshotId: snapshot.id }, { signal }),
  )
  return (
    <QueryView query={facts} onRetry={facts.reload}>
      {(value) => <Facts facts={value} />}
    </QueryView>
  )
}

function Facts({ facts }: { readonly facts: JobServerFacts }) {
  const now = useNow()
  const { address, takenAt, version, sizeBytes, buckets } = facts
  return (
    <>
      <dl className="hf-bucket-facts">
        {[
          { label: t('services.address'), value: address },
          { label: t('fleet.taken'), value: formatMoment(takenAt, now) },
          { label: t('fleet.version'), value: version },
          { label: t('fleet.size'), value: formatBytes(sizeBytes) },
        ].map(({ label, value }) => (
          <div key={label}>
            <dt className="hf-sm hf-2">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <table className="hf-stored-server">
        <thead>
          <tr>
            <th scope="col">{t('fleet.holds')}</th>
            <th scope="col">{t('fleet.count')}</th>
            <th scope="col">{t('fleet.size')}</th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => (
            <tr key={bucket.name}>
              <td>{bucketWords(bucket.name)}</td>
              <td className="hf-num">{formatCount(bucket.items)}</td>
              <td className="hf-num">{formatBytes(bucket.sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  )
}

/** What servers have, by the names that the snapshot's format gives them; others stay as they are. */
function bucketWords(name: string): string {
  const words = bucketNames[name]
  return words === undefined ? name : t(words)
}

const bucketNames: Readonly<Record<string, WordKey>> = {
  hmac_keys: 'fleet.signingKeys',
  'holdfast-tokens': 'runners.tokens',
  basis: 'fleet.bases',
  project: 'fleet.projects',
  target: 'fleet.targets',
  box: 'fleet.boxes',
  jobs: 'fleet.jobs',
  config: 'fleet.variables',
}

function PutBack({ snapshot: { id: snapshotId } }: { readonly snapshot: Snapshot }) {
  const client = useClient()
  const navigate = useNavigate()
  const [server, setServer] = useState<KnownJobServer>()
  const command = useQuery(
    ['job-server-command', snapshotId, server?.id],
    async (api, signal) =>
      server === undefined ? '' : api.jobServers.restoreAsCommand({ snapshotId, serverId: server.id }, { signal }),
    { enabled: server !== undefined },
  )
  const restore = useCommand(async () => server && client.jobServers.restore({ snapshotId, serverId: server.id }), {
    done: (job) => job !== undefined && void navigate(`/activity/${job.id}`),
  })
  return (
    <form
      aria-label={t('fleet.putBack')}
      style={{ display: 'grid', gap: 12, marginTop: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        void restore.run()
      }}
    >
      <h3 className="hf-h4">{t('fleet.putBack')}</h3>
      <p className="hf-2">{t('fleet.putBackText')}</p>
      <ServerSelect value={server?.id} onChange={setServer} />
      {command.state === 'ready' && command.value !== '' && <CopyCommand command={command.value} />}
      <div className="hf-row" style={{ justifyContent: 'flex-end' }}>
        <Button type="submit" variant="filled" loading={restore.busy} disabled={server === undefined}>
          {t('fleet.putBackVerb')}
        </Button>
      </div>
    </form>
  )
}
