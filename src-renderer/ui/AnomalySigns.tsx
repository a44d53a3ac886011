import type { Anomaly } from '../../src-shared/model/anomaly.ts'
import { translateSaid } from '../i18n/said.ts'
import { t } from '../i18n/translate.ts'

/** What was seen that looks as if somebody had encrypted or wiped files. */
export function AnomalySigns({ anomaly }: { readonly anomaly: Anomaly }) {
  return (
    <ul aria-label={t('trust.unusualSeen')} className="hf-num" style={{ margin: '8px 0', paddingLeft: 16 }}>
      {anomaly.sentences.map((sentence) => (
        <li key={sentence} style={{ listStyle: 'disc' }}>
          {translateSaid(sentence)}
        </li>
      ))}
    </ul>
  )
}
