import type { ReactNode } from 'react'

export interface Figure {
  readonly label: string
  readonly value: ReactNode
  readonly note?: ReactNode
}

/** Figures in a row: what it is, how much, and what that means. */
export function Figures({ figures }: { readonly figures: readonly Figure[] }) {
  return (
    <dl className="hf-figures">
      {figures.map((figure) => (
        <div key={figure.label} className="hf-figure">
          <dt>{figure.label}</dt>
          <dd>{figure.value}</dd>
          {figure.note !== undefined && <dd>{figure.note}</dd>}
        </div>
      ))}
    </dl>
  )
}
