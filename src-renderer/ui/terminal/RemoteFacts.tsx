import './terminal.css'
import type { RemoteJobSpec } from '../../../src-shared/model/remote-job.ts'
import { t } from '../../i18n/translate.ts'

/** What a job of a job server is, for whom, and who took it. */
export function RemoteFacts({ spec }: { readonly spec: RemoteJobSpec }) {
  const facts = [
    { label: t('runners.command'), value: spec.words.join(' ') },
    { label: t('runners.wanted'), value: spec.wantedRunner ?? t('runners.anyRunner') },
    { label: t('runners.tookIt'), value: spec.runner ?? '' },
    { label: t('runners.queueId'), value: spec.queueId },
  ].filter(({ value }) => value !== '')
  return (
    <dl className="hf-card hf-terminal-facts">
      {facts.map(({ label, value }) => (
        <div key={label}>
          <dt className="hf-sm hf-2">{label}</dt>
          <dd className="hf-mono">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
