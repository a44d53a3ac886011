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

const looks = {
  ready: { word: 'Ready', icon: IconCircleCheck, tone: 'ok' },
  empty: { word: 'Empty', icon: IconCirclePlus, tone: '2' },
  missing: { word: 'New', icon: IconCirclePlus, tone: '2' },
  refused: { word: 'Refused', icon: IconCircleX, tone: 'bad' },
  'too-small': { word: 'Too small', icon: IconAlertTriangle, tone: 'warn' },
  untrusted: { word: 'New certificate', icon: IconShieldQuestion, tone: 'warn' },
  denied: { word: 'Refused', icon: IconLock, tone: 'bad' },
  unreachable: { word: 'No answer', icon: IconCloudOff, tone: 'warn' },
} as const satisfies Record<RepositoryVerdict['state'], unknown>

/** What a look at a repository found: a word, and the sentence behind it. */
export function Verdict({ verdict }: { readonly verdict: RepositoryVerdict }) {
  const { word, icon: Icon, tone } = looks[verdict.state]
  return (
    <span className="hf-row hf-sm" title={verdict.sentence}>
      <span className={`hf-status hf-${tone}`}>
        <Icon size={14} stroke={2} aria-hidden />
        <span className={tone === 'ok' ? 'hf-2' : ''}>{word}</span>
      </span>
      <span className="hf-2 hf-ell">{verdict.sentence}</span>
    </span>
  )
}
