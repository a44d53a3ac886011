import { Menu, UnstyledButton } from '@mantine/core'
import { IconCheck, IconChevronDown } from '@tabler/icons-react'
import { useNavigate } from 'react-router'
import type { Lineage } from '../../../src-shared/model/snapshot.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { formatCounted } from '../../ui/format.ts'
import { When } from '../../ui/When.tsx'

export interface LineagePickerProps {
  readonly lineage: Lineage
  readonly lineages: readonly Lineage[]
}

/** The name of the source, which opens the list of all of them. */
export function LineagePicker({ lineage, lineages }: LineagePickerProps) {
  const navigate = useNavigate()
  const repositories = useSharedValue('repositories') ?? []
  const repositoryName = (one: Lineage) =>
    repositories.find(({ repository }) => repository.id === one.repositoryId)?.repository.name ?? ''
  return (
    <Menu position="bottom-start" width={360}>
      <Menu.Target>
        <UnstyledButton className="hf-lineage" aria-label={t('snapshots.sourceChoose', { title: lineage.title })}>
          <h1 className="hf-h2 hf-ell" tabIndex={-1}>
            {lineage.title}
          </h1>
          <IconChevronDown size={16} stroke={1.75} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        {lineages.map((one) => (
          <Menu.Item
            key={one.id}
            onClick={() => void navigate(`/snapshots/${one.id}`)}
            rightSection={
              one.id === lineage.id ? <IconCheck size={14} stroke={2} aria-label={t('snapshots.chosen')} /> : undefined
            }
          >
            <span className="hf-med">{one.title}</span>
            <span className="hf-sm hf-3" style={{ display: 'block' }}>
              {whereWords(one, repositoryName(one))}
              {one.newest !== undefined && (
                <>
                  {t('snapshots.newest')} <When at={one.newest} />
                </>
              )}
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function whereWords({ snapshots, namespace }: Lineage, name: string): string {
  const said = { snapshots: formatCounted(snapshots, 'snapshot'), name }
  return namespace === '' ? t('snapshots.snapshotsIn', said) : t('snapshots.snapshotsInSpace', { ...said, namespace })
}
