import { Table } from '@mantine/core'
import type { CouchbaseFacts, VbucketFacts } from '../../../src-shared/model/couchbase-facts.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { formatBytes, formatCount, formatMoment } from '../../ui/format.ts'
import { useNow } from '../../ui/use-now.ts'
import { joinNames } from '../../ui/words.ts'

const outcomes = {
  stored: 'couchbase.outcomeStored',
  'no-active-copy': 'couchbase.outcomeNoCopy',
  failed: 'couchbase.outcomeFailed',
} as const satisfies Record<VbucketFacts['outcome'], WordKey>

/** What the report in a snapshot says: how much of the bucket, up to where, encrypted by the nodes or not. */
export function BucketFacts({ facts }: { readonly facts: CouchbaseFacts }) {
  const now = useNow()
  const stored = t('couchbase.stored', { n: formatCount(facts.stored), all: formatCount(facts.total) })
  return (
    <>
      {!facts.isComplete && (
        <p className="hf-warn" role="status">
          {t('couchbase.incomplete')}
        </p>
      )}
      <dl className="hf-bucket-facts">
        <Fact label={t('couchbase.factsLabel')} value={stored} />
        <Fact label={t('couchbase.files')} value={`${formatCount(facts.files)}, ${formatBytes(facts.bytes)}`} />
        <Fact
          label={t('couchbase.encryption')}
          value={facts.deks === 0 ? t('couchbase.notEncrypted') : t('couchbase.encryptedBy', { count: facts.deks })}
        />
        <Fact label={t('couchbase.storage')} value={facts.backend} />
        <Fact label={t('couchbase.taken')} value={formatMoment(facts.finishedAt, now)} />
      </dl>
      {facts.deks > 0 && (
        <p className="hf-2" style={{ marginBottom: 8 }}>
          {t('couchbase.masterKeys', { keys: joinNames(facts.keyIds) })}
        </p>
      )}
      <Table.ScrollContainer minWidth={560} mah={320}>
        <Table fz={12} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th ta="right">{t('couchbase.vbucket')}</Table.Th>
              <Table.Th>{t('couchbase.outcome')}</Table.Th>
              <Table.Th>{t('couchbase.node')}</Table.Th>
              <Table.Th ta="right">{t('couchbase.seqno')}</Table.Th>
              <Table.Th ta="right">{t('couchbase.files')}</Table.Th>
              <Table.Th ta="right">{t('couchbase.size')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {facts.vbuckets.map((row) => (
              <Table.Tr key={row.vbid}>
                <Table.Td ta="right">{row.vbid}</Table.Td>
                <Table.Td className={row.outcome === 'stored' ? undefined : 'hf-bad'} title={row.problem}>
                  {t(outcomes[row.outcome])}
                </Table.Td>
                <Table.Td className="hf-mono">{row.node ?? ''}</Table.Td>
                <Table.Td ta="right" className="hf-num">
                  {row.seqno ?? ''}
                </Table.Td>
                <Table.Td ta="right" className="hf-num">
                  {formatCount(row.files)}
                </Table.Td>
                <Table.Td ta="right" className="hf-num">
                  {formatBytes(row.bytes)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  )
}

function Fact({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dt className="hf-sm hf-2">{label}</dt>
      <dd>{value}</dd>
    </div>
  )
}
