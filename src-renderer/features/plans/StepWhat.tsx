import { Select } from '@mantine/core'
import type { PlanSource, SourceKind } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { type KindOfSource, offeredKinds, sourceKinds } from './source-kinds.tsx'
import { WhatElse } from './WhatElse.tsx'
import type { WhatProps } from './what-props.ts'

export type StepWhatProps = Omit<WhatProps<PlanSource>, 'source' | 'chooser'>

/** The choice of what is protected, and the form of the chosen kind. */
export function StepWhat(props: StepWhatProps) {
  const { source, id } = props.draft
  const chooser = id === undefined ? <KindChooser {...props} /> : null
  return <WhatOf key={source.kind} {...props} source={source} chooser={chooser} />
}

function WhatOf<Kind extends SourceKind>(props: WhatProps<Extract<PlanSource, { kind: Kind }>>) {
  const kind: Kind = props.source.kind
  const entry: KindOfSource<Kind> | undefined = sourceKinds[kind]
  return entry === undefined ? <WhatElse {...props} /> : <entry.What {...props} />
}

/** A plan that is made may become any kind; one that is there keeps its kind, as its snapshots do. */
function KindChooser({ draft, change, onSecrets }: StepWhatProps) {
  return (
    <Select
      aria-label={t('plans.kindOfSource')}
      size="xs"
      w={180}
      allowDeselect={false}
      data={offeredKinds().map(([kind, { label }]) => ({ value: kind, label: t(label) }))}
      value={draft.source.kind}
      onChange={(value) => {
        const chosen = offeredKinds().find(([kind]) => kind === value)
        if (chosen === undefined || value === draft.source.kind) return
        onSecrets({})
        change({ source: chosen[1].fresh() })
      }}
    />
  )
}
