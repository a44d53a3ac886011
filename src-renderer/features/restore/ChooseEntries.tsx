import { Breadcrumbs, Button, Checkbox, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import type { SnapshotId } from '../../../src-shared/model/ids.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { nameOf, pathsTo } from '../../ui/snapshot-path.ts'

/** More than this in one folder are found with the filter. */
const MOST = 500

export interface ChooseEntriesProps {
  readonly snapshotId: SnapshotId
  readonly value: readonly string[]
  readonly onChange: (paths: readonly string[]) => void
}

/** Files and folders to tick, one folder at a time. */
export function ChooseEntries({ snapshotId, value, onChange }: ChooseEntriesProps) {
  const [path, setPath] = useState('')
  const [filter, setFilter] = useState('')
  const [settled] = useDebouncedValue(filter.trim(), 200)
  const folder = useQuery(
    ['guided-folder', snapshotId, path, settled],
    (client, signal) =>
      client.snapshots.browse(
        { id: snapshotId, path, limit: MOST, ...(settled === '' ? {} : { filter: settled }) },
        { signal },
      ),
    { keep: true },
  )
  const toggle = (one: string) =>
    onChange(value.includes(one) ? value.filter((other) => other !== one) : [...value, one])
  const open = (to: string) => {
    setPath(to)
    setFilter('')
  }
  return (
    <section aria-label={t('guided.what')}>
      <p className="hf-2" style={{ marginBottom: 8 }}>
        {t('guided.whatHelp')} {value.length > 0 && t('guided.chosen', { items: formatCounted(value.length, 'item') })}
      </p>
      <div className="hf-row hf-between">
        <Breadcrumbs separator={<IconChevronRight size={12} aria-hidden />}>
          {['', ...pathsTo(path)].map((each) => (
            <Button key={each} size="compact-sm" variant="subtle" onClick={() => open(each)}>
              {each === '' ? t('guided.everything') : nameOf(each)}
            </Button>
          ))}
        </Breadcrumbs>
        <TextInput
          aria-label={t('guided.filter')}
          placeholder={t('guided.filter')}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      </div>
      <QueryView query={folder} onRetry={folder.reload}>
        {({ entries, total }) => (
          <ul className="hf-guided-list">
            {entries.map((entry) => (
              <li key={entry.path} className="hf-row">
                <Checkbox
                  label={displayPath(entry.name)}
                  checked={value.includes(entry.path)}
                  onChange={() => toggle(entry.path)}
                />
                <span className="hf-grow" />
                {entry.kind === 'directory' ? (
                  <Button
                    size="compact-sm"
                    aria-label={t('guided.openFolder', { name: displayPath(entry.name) })}
                    onClick={() => open(entry.path)}
                  >
                    {t('guided.open')}
                  </Button>
                ) : (
                  <span className="hf-sm hf-2 hf-num">{formatBytes(entry.sizeBytes)}</span>
                )}
              </li>
            ))}
            {total > entries.length && (
              <li className="hf-sm hf-3">{t('guided.more', { n: total - entries.length })}</li>
            )}
          </ul>
        )}
      </QueryView>
    </section>
  )
}
