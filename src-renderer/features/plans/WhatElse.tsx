import { displayPath } from '../../../src-shared/model/path-text.ts'
import { sourcePaths } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { StepFrame, type StepProps } from './StepFrame.tsx'

/** What a plan protects when it is not folders. */
export function WhatElse({ draft, problem }: Pick<StepProps, 'draft' | 'problem'>) {
  return (
    <StepFrame id="what" number={1} title={t('plans.what')} problem={problem}>
      <ul className="hf-mono">
        {sourcePaths(draft.source).map((path) => (
          <li key={path}>{displayPath(path)}</li>
        ))}
      </ul>
    </StepFrame>
  )
}
