import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCirclePlus,
  IconCircleX,
  IconCloudOff,
  IconLock,
  IconShieldQuestion,
} from '@tabler/icons-react'
import type { RepositoryVerdict } from '../../src-shared/contract/repositories.ts'
import { translateFailure } from '../i18n/said.ts'
import { t, type WordKey } from '../i18n/translate.ts'

const looks = {
  ready: { word: 'ui.verdictReady', icon: IconCircleCheck, tone: 'ok' },
  empty: { word: 'ui.verdictEmpty', icon: IconCirclePlus, tone: '2' },
  missing: { word: 'ui.verdictMissing', icon: IconCirclePlus, tone: '2' },
  refused: { word: 'ui.verdictRefused', icon: IconCircleX, tone: 'bad' },
  'too-small': { word: 'ui.verdictTooSmall', icon: IconAlertTriangle, tone: 'warn' },
  untrusted: { word: 'ui.verdictUntrusted', icon: IconShieldQuestion, tone: 'warn' },
  denied: { word: 'ui.verdictRefused', icon: IconLock, tone: 'bad' },
  unreachable: { word: 'ui.verdictUnreachable', icon: IconCloudOff, tone: 'warn' },
} as const satisfies Record<RepositoryVerdict['state'], { readonly word: WordKey } & Record<string, unknown>>

interface VerdictProps {
  readonly verdict: RepositoryVerdict
  /** The sentence takes as many lines as it needs. */
  readonly isWhole?: boolean
}

/** What a look at a repository found: a word, and the sentence behind it. */
export function Verdict({ verdict, isWhole = false }: VerdictProps) {
  const { word, icon: Icon, tone } = looks[verdict.state]
  const sentence = translateFailure(verdict.sentence)
  return (
    <span className="hf-row hf-sm" title={sentence}>
      <span className={`hf-status hf-${tone}`} style={{ alignSelf: 'flex-start', flex: 'none' }}>
        <Icon size={14} stroke={2} aria-hidden />
        <span className={tone === 'ok' ? 'hf-2' : ''}>{t(word)}</span>
      </span>
      <span className={isWhole ? 'hf-2' : 'hf-2 hf-ell'}>{sentence}</span>
    </span>
  )
}
