import { Switch, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconFilter, IconFolder } from '@tabler/icons-react'
import { memo, useEffect, useState } from 'react'
import { t } from '../../i18n/translate.ts'
import { Crumbs } from '../../ui/Crumbs.tsx'
import { nameOf, pathsTo } from '../../ui/snapshot-path.ts'

const FILTER_PAUSE_MS = 120

export interface CrumbBarProps {
  readonly path: string
  readonly hasSeveralArchives: boolean
  readonly isCompact: boolean
  readonly showDeleted: boolean
  readonly filter: string
  readonly onOpen: (path: string) => void
  readonly onShowDeleted: (show: boolean) => void
  readonly onFilter: (filter: string) => void
}

/** Where the table is, and what it leaves out. */
export const CrumbBar = memo(function CrumbBar(props: CrumbBarProps) {
  const { path, isCompact, filter, onFilter, onOpen } = props
  const [text, setText] = useState(filter)
  useEffect(() => setText(filter), [filter])
  const filterSoon = useDebouncedCallback(onFilter, FILTER_PAUSE_MS)
  const paths = [...(props.hasSeveralArchives ? [''] : []), ...pathsTo(path)]
  return (
    <div className="hf-crumb-bar">
      {!isCompact && <IconFolder size={16} stroke={1.75} className="hf-file-icon" aria-hidden />}
      <Crumbs
        label={t('snapshots.path')}
        crumbs={paths.map((one) => ({ path: one, name: one === '' ? t('snapshots.everything') : nameOf(one) }))}
        onOpen={onOpen}
      />
      {!isCompact && (
        <>
          <Switch
            label={t('snapshots.showDeleted')}
            checked={props.showDeleted}
            onChange={(event) => props.onShowDeleted(event.currentTarget.checked)}
            mr={8}
          />
          <TextInput
            w={176}
            type="search"
            aria-label={t('snapshots.filterFolder')}
            placeholder={t('snapshots.filterFolder')}
            leftSection={<IconFilter size={14} stroke={1.9} aria-hidden />}
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value)
              filterSoon(event.currentTarget.value)
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return
              setText('')
              onFilter('')
            }}
          />
        </>
      )}
    </div>
  )
})
