import { TagsInput } from '@mantine/core'
import type { ImageSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import type { StepProps } from './StepFrame.tsx'

/** Disks and images of disks, by their paths. */
export function DiskFields({ source, change }: Pick<StepProps, 'change'> & { readonly source: ImageSource }) {
  const isWrong = source.paths.some((path) => !path.startsWith('/'))
  return (
    <TagsInput
      label={t('plans.disks')}
      description={t('plans.disksHint')}
      placeholder="/dev/sda"
      classNames={{ input: 'hf-mono' }}
      error={isWrong ? t('plans.disksAbsolute') : undefined}
      value={[...source.paths]}
      onChange={(paths) => change({ source: { ...source, paths } })}
    />
  )
}
