import type { ReactNode } from 'react'
import { t } from '../i18n/translate.ts'
import { type StatusKind, statusLooks, toneColor } from './status.ts'

export interface StatusProps {
  readonly kind: StatusKind
  /** Instead of the word of the state; `Good, 4 min ago`. */
  readonly children?: ReactNode
  readonly size?: 'sm' | 'md'
}

/** Icon, word and colour of a state. Good news is plain text behind a green icon: colour is left for exceptions. */
export function Status({ kind, children, size = 'md' }: StatusProps) {
  const { icon: Icon, tone, word } = statusLooks[kind]
  const plain = tone === 'ok' || tone === 'quiet'
  return (
    <span className={size === 'sm' ? 'hf-status hf-sm' : 'hf-status'} style={{ color: toneColor(tone) }}>
      <Icon size={size === 'sm' ? 14 : 16} stroke={2} aria-hidden />
      <span className="hf-num" style={plain ? { color: 'var(--hf-text-2)' } : undefined}>
        {children ?? t(word)}
      </span>
    </span>
  )
}

/** Only the icon, with the word for those who cannot see it. */
export function StatusIcon({ kind, size = 16 }: { readonly kind: StatusKind; readonly size?: number }) {
  const { icon: Icon, tone, word } = statusLooks[kind]
  return (
    <Icon size={size} stroke={2} color={toneColor(tone)} role="img" aria-label={t(word)} style={{ flex: 'none' }} />
  )
}
