import type { ReactNode } from 'react'

export interface SettingRowProps {
  readonly title: string
  readonly text: string
  readonly children: ReactNode
}

/** What a setting is, what it means, and the control that changes it. */
export function SettingRow({ title, text, children }: SettingRowProps) {
  return (
    <div
      className="hf-row hf-setting"
      style={{ minHeight: 52, padding: '6px 0', gap: 16, boxShadow: 'inset 0 -1px 0 var(--hf-border)' }}
    >
      <div className="hf-grow">
        <div className="hf-med">{title}</div>
        <div className="hf-sm hf-2">{text}</div>
      </div>
      {children}
    </div>
  )
}
