import { Select } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react'
import type { SnapshotChance } from '../../../src-shared/contract/folders.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { FileSystemSnapshot, FoldersSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { chanceWords, isHeldStill } from './snapshot-chances.ts'

const wishes = [
  { value: 'off', label: 'plans.snapshotOff' },
  { value: 'when-possible', label: 'plans.snapshotWhenPossible' },
  { value: 'always', label: 'plans.snapshotAlways' },
] as const satisfies readonly { readonly value: FileSystemSnapshot; readonly label: string }[]

/** The rest is counted. */
const linesShown = 6

export interface SnapshotWishProps {
  readonly source: FoldersSource
  readonly onChange: (wish: FileSystemSnapshot) => void
}

/** Whether the folders are read from a snapshot of their file system, and what of them can be. */
export function SnapshotWish({ source, onChange }: SnapshotWishProps) {
  const [key] = useDebouncedValue(JSON.stringify(source), 400)
  const chances = useQuery(['chances', key], (client, signal) => client.folders.snapshotChances(source, { signal }), {
    enabled: source.paths.length > 0,
    keep: true,
  })
  const lines = source.paths.length > 0 && chances.state === 'ready' ? chances.value : []
  const wish = source.fileSystemSnapshot
  const isTold = wish !== 'off' || lines.some(isHeldStill)
  return (
    <div style={{ marginTop: 12 }}>
      <Select
        label={t('plans.snapshotOf')}
        description={t('plans.snapshotOfText')}
        data={wishes.map(({ value, label }) => ({ value, label: t(label) }))}
        value={wish}
        allowDeselect={false}
        onChange={(value) => onChange(wishes.find((each) => each.value === value)?.value ?? 'off')}
      />
      {isTold && lines.length > 0 && (
        <ul className="hf-chances" aria-label={t('plans.chances')}>
          {lines.slice(0, linesShown).map((line) => (
            <Chance key={line.path} line={line} wish={wish} />
          ))}
          {lines.length > linesShown && (
            <li className="hf-xs hf-3">{t('plans.chancesMore', { count: lines.length - linesShown })}</li>
          )}
        </ul>
      )}
    </div>
  )
}

function Chance({ line, wish }: { readonly line: SnapshotChance; readonly wish: FileSystemSnapshot }) {
  const isGood = isHeldStill(line)
  const Icon = isGood ? IconCircleCheck : wish === 'always' ? IconCircleX : IconAlertTriangle
  const tone = isGood ? 'ok' : wish === 'always' ? 'bad' : 'warn'
  const path = displayPath(line.path)
  return (
    <li>
      <Icon className={`hf-${tone}`} size={14} stroke={2} aria-hidden />
      <span className="hf-sm hf-ell" title={path}>
        {path}
      </span>
      <span className="hf-xs hf-2">{chanceWords(line)}</span>
    </li>
  )
}
