import { Button, Checkbox, SegmentedControl } from '@mantine/core'
import { IconFolder, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { type ConflictPolicy, conflictPolicy, type RestoreOptions } from '../../../src-shared/model/restore.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { showFailure } from '../../state/use-command.ts'
import { pickFolder } from '../../ui/FolderPicker.tsx'
import { nameOf } from '../../ui/snapshot-path.ts'

export type FormOptions = Omit<RestoreOptions, 'paths'>

export const defaultOptions: FormOptions = {
  target: { kind: 'original' },
  conflict: 'newer',
  carryOver: { owner: true, permissions: true, times: true, attributes: true, links: true },
  undoDays: 30,
}

const conflictWords: readonly { readonly value: ConflictPolicy; readonly label: WordKey }[] = [
  { value: 'rename', label: 'restore.keepBoth' },
  { value: 'skip', label: 'restore.skip' },
  { value: 'overwrite', label: 'restore.overwrite' },
  { value: 'newer', label: 'restore.onlyIfNewer' },
]

const carryWords = [
  ['owner', 'restore.owner'],
  ['permissions', 'restore.permissions'],
  ['times', 'restore.times'],
  ['attributes', 'restore.attributes'],
  ['links', 'restore.links'],
] as const

const CHIPS = 2

export interface RestoreFormProps {
  readonly paths: readonly string[]
  readonly options: FormOptions
  /** Where it goes, as the preview found it. */
  readonly targetRoot: string | undefined
  readonly onPaths: (paths: readonly string[]) => void
  readonly onOptions: (options: FormOptions) => void
}

/** What, where, if it exists, carry over: the four questions of a restore. */
export function RestoreForm({ paths, options, targetRoot, onPaths, onOptions }: RestoreFormProps) {
  const client = useClient()
  const info = useSharedValue('info')
  const [isLong, setLong] = useState(false)
  const shown = isLong ? paths : paths.slice(0, CHIPS)
  const pickTarget = () => {
    const start = options.target.kind === 'folder' ? options.target.path : (info?.homeDirectory ?? '')
    const wish = { title: t('restore.restoreInto'), choose: t('restore.restoreHere'), start }
    pickFolder(client, info?.host, wish).then((path) => {
      if (path !== undefined) onOptions({ ...options, target: { kind: 'folder', path } })
    }, showFailure)
  }
  return (
    <div className="hf-restore-form">
      <span className="hf-2">{t('restore.what')}</span>
      <div className="hf-restore-what">
        {shown.map((path) => (
          <span key={path} className="hf-what" title={displayPath(path)}>
            <span className="hf-ell">{nameOf(path)}</span>
            <button
              type="button"
              aria-label={t('restore.leaveOut', { name: nameOf(path) })}
              onClick={() => onPaths(paths.filter((other) => other !== path))}
            >
              <IconX size={12} stroke={2.2} aria-hidden />
            </button>
          </span>
        ))}
        {paths.length > CHIPS && (
          <button
            type="button"
            className="hf-what hf-what-more"
            aria-expanded={isLong}
            onClick={() => setLong(!isLong)}
          >
            {isLong ? t('restore.showFewer') : t('restore.moreFiles', { n: paths.length - CHIPS })}
          </button>
        )}
        {paths.length === 0 && <span className="hf-3">{t('restore.nothingChosenTick')}</span>}
      </div>
      <span className="hf-2" id="restore-where">
        {t('restore.where')}
      </span>
      <div className="hf-row">
        <SegmentedControl
          aria-labelledby="restore-where"
          value={options.target.kind}
          data={[
            { value: 'original', label: t('restore.original') },
            { value: 'folder', label: t('restore.anotherFolder') },
          ]}
          onChange={(kind) => {
            if (kind === 'original') onOptions({ ...options, target: { kind: 'original' } })
            else pickTarget()
          }}
        />
        <span className="hf-mono hf-2 hf-ell hf-grow" title={targetRoot}>
          {options.target.kind === 'folder'
            ? displayPath(options.target.path)
            : targetRoot === undefined
              ? ''
              : displayPath(targetRoot)}
        </span>
        {options.target.kind === 'folder' && (
          <Button variant="transparent" leftSection={<IconFolder size={14} aria-hidden />} onClick={pickTarget}>
            {t('restore.change')}
          </Button>
        )}
      </div>
      <span className="hf-2" id="restore-conflict">
        {t('restore.ifExists')}
      </span>
      <div className="hf-row">
        <SegmentedControl
          aria-labelledby="restore-conflict"
          value={options.conflict}
          data={conflictWords.map(({ value, label }) => ({ value, label: t(label) }))}
          onChange={(value) => onOptions({ ...options, conflict: conflictPolicy.parse(value) })}
        />
      </div>
      <span className="hf-2" id="restore-carry">
        {t('restore.carryOver')}
      </span>
      <fieldset className="hf-row hf-restore-carry" aria-labelledby="restore-carry">
        {carryWords.map(([key, label]) => (
          <Checkbox
            key={key}
            label={t(label)}
            checked={options.carryOver[key]}
            onChange={(event) =>
              onOptions({ ...options, carryOver: { ...options.carryOver, [key]: event.currentTarget.checked } })
            }
          />
        ))}
      </fieldset>
    </div>
  )
}
