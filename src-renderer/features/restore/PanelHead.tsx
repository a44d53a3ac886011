import { ActionIcon } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { t } from '../../i18n/translate.ts'

export interface PanelHeadProps {
  readonly title: string
  readonly sub: ReactNode
  readonly mark?: ReactNode
  readonly onClose: () => void
}

/** Head of the panel. Takes the focus when it appears, so that the keyboard is where the eye is. */
export function PanelHead({ title, sub, mark, onClose }: PanelHeadProps) {
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => head.current?.focus({ preventScroll: true }), [])
  return (
    <div className="hf-panel-head">
      {mark}
      <div className="hf-grow">
        <h2 ref={head} tabIndex={-1} className="hf-panel-title">
          {title}
        </h2>
        <p className="hf-sm hf-2">{sub}</p>
      </div>
      <ActionIcon aria-label={t('restore.closePanel')} onClick={onClose} style={{ alignSelf: 'flex-start' }}>
        <IconX size={16} stroke={1.75} aria-hidden />
      </ActionIcon>
    </div>
  )
}
