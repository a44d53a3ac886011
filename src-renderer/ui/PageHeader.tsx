import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { t } from '../i18n/translate.ts'

export interface PageHeaderProps {
  readonly title: string
  /** Beside the title: badges, a name field. */
  readonly beside?: ReactNode
  /** Under the title: one line of facts. */
  readonly sub?: ReactNode
  readonly actions?: ReactNode
}

/** Head of a screen or of its detail pane. Names the window, and takes the focus when the route changes. */
export function PageHeader({ title, beside, sub, actions }: PageHeaderProps) {
  useDocumentTitle(t('ui.pageTitle', { title }))
  return (
    <div className={sub === undefined ? 'hf-page-header' : 'hf-page-header hf-with-sub'}>
      <div className="hf-grow">
        <div className="hf-row">
          <h1 className="hf-h2 hf-ell" tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {sub !== undefined && <div className="hf-page-sub">{sub}</div>}
      </div>
      {actions !== undefined && <div className="hf-row">{actions}</div>}
    </div>
  )
}
