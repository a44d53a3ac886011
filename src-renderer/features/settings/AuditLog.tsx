import { Button, Table, TextInput } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { AuditRecord, AuditVerdict } from '../../../src-shared/model/audit.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { buttonBeside } from '../../ui/button-beside.tsx'
import { CopyIcon } from '../../ui/CopyCommand.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { Status } from '../../ui/Status.tsx'
import { When } from '../../ui/When.tsx'

const PAGE = 50

/** What was done that cannot be undone, newest first, and the proof that nobody changed it since. */
export function AuditLog() {
  const [shown, setShown] = useState(PAGE)
  const records = useQuery(
    ['audit', shown],
    (client, signal) => client.audit.list({ limit: Math.min(shown, 500) }, { signal }),
    { keep: true },
  )
  return (
    <section aria-labelledby="audit" style={{ marginTop: 24 }}>
      <div className="hf-section-head">
        <h2 id="audit" className="hf-h4 hf-grow">
          {t('trust.auditLog')}
        </h2>
      </div>
      <p className="hf-2" style={{ marginBottom: 12 }}>
        {t('trust.auditHelp')}
      </p>
      <VerifyLog />
      <div className="hf-card" style={{ marginTop: 12 }}>
        <QueryView query={records} onRetry={records.reload}>
          {(list) =>
            list.length === 0 ? (
              <EmptyState icon={IconShieldCheck} title={t('trust.auditEmpty')} />
            ) : (
              <Table aria-label={t('trust.auditLog')} className="hf-audit">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('trust.auditWhen')}</Table.Th>
                    <Table.Th>{t('trust.auditWho')}</Table.Th>
                    <Table.Th>{t('trust.auditWhat')}</Table.Th>
                    <Table.Th>{t('trust.auditDetail')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {list.map((record) => (
                    <Row key={record.id} record={record} />
                  ))}
                </Table.Tbody>
              </Table>
            )
          }
        </QueryView>
      </div>
      {records.state === 'ready' && records.value.length === shown && shown < 500 && (
        <Button mt="sm" loading={records.reading} onClick={() => setShown(shown + PAGE * 3)}>
          {t('trust.older')}
        </Button>
      )}
    </section>
  )
}

function Row({ record }: { readonly record: AuditRecord }) {
  return (
    <Table.Tr>
      <Table.Td className="hf-num" style={{ whiteSpace: 'nowrap' }}>
        <When at={record.at} as="moment" />
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>{translateSaid(record.actor)}</Table.Td>
      <Table.Td className="hf-mono">{record.action}</Table.Td>
      <Table.Td className="hf-mono hf-2 hf-audit-detail" title={record.detail}>
        {record.detail}
      </Table.Td>
    </Table.Tr>
  )
}

function VerifyLog() {
  const client = useClient()
  const [head, setHead] = useState('')
  const [verdict, setVerdict] = useState<AuditVerdict>()
  const verify = useCommand((known: string) => client.audit.verify(known === '' ? {} : { head: known }), {
    done: setVerdict,
  })
  return (
    <form
      className="hf-card"
      style={{ padding: 16 }}
      onSubmit={(event) => {
        event.preventDefault()
        void verify.run(head.trim().toLowerCase())
      }}
    >
      <TextInput
        label={t('trust.auditHead')}
        placeholder={t('trust.auditHeadHelp')}
        classNames={{ input: 'hf-mono' }}
        maxLength={64}
        value={head}
        onChange={(event) => setHead(event.currentTarget.value)}
        inputContainer={buttonBeside(
          <Button type="submit" loading={verify.busy}>
            {t('trust.verifyLog')}
          </Button>,
        )}
      />
      <div role="status">{verdict !== undefined && <Verdict verdict={verdict} />}</div>
    </form>
  )
}

function Verdict({ verdict }: { readonly verdict: AuditVerdict }) {
  if (verdict.state === 'broken') {
    return (
      <div style={{ marginTop: 12 }}>
        <Status kind="failed">{t('trust.auditBroken')}</Status>
        <p className="hf-2">{verdict.sentence}</p>
      </div>
    )
  }
  return (
    <div style={{ marginTop: 12 }}>
      <Status kind="good">{t('trust.auditIntact', { records: t('trust.record', { count: verdict.records }) })}</Status>
      {verdict.records > 0 && (
        <>
          <p className="hf-row" style={{ marginTop: 8 }}>
            <code className="hf-mono hf-sunken" style={{ padding: '4px 8px', overflowWrap: 'anywhere' }}>
              {verdict.head}
            </code>
            <CopyIcon value={verdict.head} label={t('trust.copyHash')} />
          </p>
          <p className="hf-sm hf-2" style={{ marginTop: 4 }}>
            {t('trust.auditWriteDown')}
          </p>
        </>
      )}
    </div>
  )
}
