import type { ReactNode } from 'react'
import type { PlanDraft } from '../../../src-shared/model/plan.ts'
import type { DraftStep } from './draft.ts'

/** What a step gets: the whole draft, and how to change a part of it. */
export interface StepProps {
  readonly draft: PlanDraft
  readonly change: (part: Partial<PlanDraft>) => void
  readonly problem: string | undefined
  /** Passwords that were typed and are not in the safe yet. */
  readonly secrets: Readonly<Record<string, string>>
  readonly changeSecrets: (part: Readonly<Record<string, string>>) => void
}

interface StepFrameProps {
  readonly id: DraftStep
  readonly number: number
  readonly title: string
  readonly problem: string | undefined
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** One of the five cards: number, title, what is wrong with it, and its content. */
export function StepFrame({ id, number, title, problem, actions, children }: StepFrameProps) {
  return (
    <section className="hf-card" id={`step-${id}`} aria-labelledby={`step-${id}-title`}>
      <div className="hf-step-head">
        <span className="hf-step-number" aria-hidden>
          {number}
        </span>
        <h2 className="hf-h4" id={`step-${id}-title`}>
          {title}
        </h2>
        {problem !== undefined && (
          <span className="hf-sm hf-bad" role="alert">
            {problem}
          </span>
        )}
        <span className="hf-grow" />
        {actions}
      </div>
      <div className="hf-step-body">{children}</div>
    </section>
  )
}
