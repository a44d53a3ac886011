import { Radio } from '@mantine/core'
import { type LineageId, lineageId } from '../../../src-shared/model/ids.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { formatCounted } from '../../ui/format.ts'

export interface ChooseSourceProps {
  readonly value: LineageId | undefined
  readonly onChange: (id: LineageId) => void
}

/** Everything that was ever backed up, by name. */
export function ChooseSource({ value, onChange }: ChooseSourceProps) {
  const lineages = useSharedValue('lineages') ?? []
  const repositories = useSharedValue('repositories') ?? []
  const nameOf = (id: string) => repositories.find(({ repository }) => repository.id === id)?.repository.name ?? ''
  return (
    <Radio.Group label={t('guided.whoseHelp')} value={value ?? null} onChange={(id) => onChange(lineageId.parse(id))}>
      <div className="hf-guided-list">
        {lineages.map(({ id, title, repositoryId, snapshots }) => (
          <Radio
            key={id}
            value={id}
            label={title}
            description={t('guided.sourceIn', {
              snapshots: formatCounted(snapshots, 'snapshot'),
              repository: nameOf(repositoryId),
            })}
          />
        ))}
      </div>
    </Radio.Group>
  )
}
