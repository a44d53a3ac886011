import { Button, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import {
  type KnownJobServer,
  type RecordKind,
  recordKind,
  type ServerRecord,
} from '../../../../src-shared/model/known-job-server.ts'
import { t, type WordKey } from '../../../i18n/translate.ts'
import { useQuery } from '../../../state/use-query.ts'
import { formatCount } from '../../../ui/format.ts'
import { QueryView } from '../../../ui/QueryView.tsx'

const pageSize = 50

const kinds = {
  basis: 'fleet.bases',
  project: 'fleet.projects',
  target: 'fleet.targets',
  box: 'fleet.boxes',
} as const satisfies Record<RecordKind, WordKey>

/** What a server keeps besides jobs, a page at a time. */
export function RemoteRecords({ server: { id } }: { readonly server: KnownJobServer }) {
  const [kind, setKind] = useState<RecordKind>('basis')
  const [offset, setOffset] = useState(0)
  const page = useQuery(
    ['remote-records', id, kind, offset],
    (client, signal) => client.jobServers.records({ id, kind, offset, limit: pageSize }, { signal }),
    { keep: true },
  )
  return (
    <section aria-labelledby="remote-records">
      <div className="hf-row" style={{ marginBottom: 8 }}>
        <h2 id="remote-records" className="hf-h4 hf-grow">
          {t('fleet.records')}
        </h2>
        <SegmentedControl
          size="xs"
          aria-label={t('fleet.records')}
          data={recordKind.options.map((value) => ({ value, label: t(kinds[value]) }))}
          value={kind}
          onChange={(value) => {
            setKind(value)
            setOffset(0)
          }}
        />
      </div>
      <QueryView query={page} onRetry={page.reload}>
        {({ records, total }) => (
          <>
            <RecordTable records={records} />
            {total > pageSize && (
              <div className="hf-row" style={{ marginTop: 8 }}>
                <span className="hf-sm hf-2 hf-grow">
                  {t('fleet.shown', {
                    from: formatCount(offset + 1),
                    to: formatCount(offset + records.length),
                    all: formatCount(total),
                  })}
                </span>
                <Button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - pageSize))}>
                  {t('fleet.before')}
                </Button>
                <Button disabled={offset + records.length >= total} onClick={() => setOffset(offset + pageSize)}>
                  {t('fleet.after')}
                </Button>
              </div>
            )}
          </>
        )}
      </QueryView>
    </section>
  )
}

function RecordTable({ records }: { readonly records: readonly ServerRecord[] }) {
  if (records.length === 0) return <p className="hf-2">{t('fleet.noRecords')}</p>
  return (
    <table className="hf-server-table">
      <thead>
        <tr>
          <th scope="col">{t('fleet.name')}</th>
          <th scope="col">{t('fleet.detail')}</th>
          <th scope="col">{t('fleet.within')}</th>
          <th scope="col">{t('runners.queueId')}</th>
        </tr>
      </thead>
      <tbody>
        {records.map(({ id, name, detail, within }) => (
          <tr key={id}>
            <td>{name}</td>
            <td className="hf-mono">{detail}</td>
            <td>{within}</td>
            <td className="hf-mono hf-3">{id}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
