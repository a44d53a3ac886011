import { t } from '../../i18n/translate.ts'
import { KindChooser } from './KindChooser.tsx'
import { StepFrame, type StepProps } from './StepFrame.tsx'
import { sourceForm } from './source-kinds.tsx'

/** What a plan protects when it is not folders. */
export function WhatElse({ draft, change, problem, secrets, changeSecrets }: StepProps) {
  const form = sourceForm(draft.source)
  return (
    <StepFrame
      id="what"
      number={1}
      title={t('plans.what')}
      problem={problem}
      actions={<KindChooser draft={draft} change={change} />}
    >
      {form?.fields({ change, secrets, changeSecrets })}
    </StepFrame>
  )
}
