import { SegmentedControl } from '@mantine/core'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import type { StepProps } from './StepFrame.tsx'
import { sourceForms } from './source-kinds.tsx'

const folders = (): PlanSource => ({
  kind: 'folders',
  paths: [],
  excludes: [],
  presets: [],
  oneFileSystem: true,
  fileSystemSnapshot: 'off',
})

/** What kind of thing a new plan protects. One that exists keeps its kind: its snapshots are of it. */
export function KindChooser({ draft, change }: Pick<StepProps, 'draft' | 'change'>) {
  if (draft.id !== undefined) return null
  const starts: Readonly<Record<string, () => PlanSource>> = {
    folders,
    ...Object.fromEntries(Object.entries(sourceForms).map(([kind, { start }]) => [kind, start])),
  }
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('plans.kindOfSource')}
      data={[
        { value: 'folders', label: t('plans.kindFolders') },
        ...Object.entries(sourceForms).map(([value, { label }]) => ({ value, label: t(label) })),
      ]}
      value={draft.source.kind}
      onChange={(kind) => {
        const start = starts[kind]
        if (start !== undefined) change({ source: start() })
      }}
    />
  )
}
