import { ActionIcon, Button, Checkbox, Pill, TextInput } from '@mantine/core'
import { IconFolderPlus, IconPlus } from '@tabler/icons-react'
import { useState } from 'react'
import type { FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useQuery } from '../../state/use-query.ts'
import { pickFolder } from '../../ui/FolderPicker.tsx'
import { formatBytes } from '../../ui/format.ts'
import { useFolderDrop } from '../../ui/use-folder-drop.ts'
import { FolderTree } from './FolderTree.tsx'
import { KindChooser } from './KindChooser.tsx'
import { Measured } from './Measured.tsx'
import { SnapshotWish } from './SnapshotWish.tsx'
import { StepFrame, type StepProps } from './StepFrame.tsx'
import { onTreeKey } from './tree-keys.ts'
import { WhatElse } from './WhatElse.tsx'

export interface StepWhatProps extends StepProps {
  readonly onMeasured: (event: FolderMeasurement) => void
}

/** Folders with tri-state boxes, ready-made excludes, patterns, and what each of them leaves out. */
export function StepWhat(props: StepWhatProps) {
  const { source } = props.draft
  return source.kind === 'folders' ? <WhatFolders {...props} source={source} /> : <WhatElse {...props} />
}

interface WhatFoldersProps extends StepWhatProps {
  readonly source: FoldersSource
}

function WhatFolders({ draft, source, change, problem, onMeasured }: WhatFoldersProps) {
  const client = useClient()
  const host = useSharedValue('info')?.host
  const set = (part: Partial<FoldersSource>) => change({ source: { ...source, ...part } })
  const addPath = (path: string) => {
    if (!source.paths.includes(path)) set({ paths: [...source.paths, path] })
  }
  const add = async () => {
    const path = await pickFolder(client, host, { title: t('plans.chooseFolderToProtect') })
    if (path !== undefined) addPath(path)
  }
  const drop = useFolderDrop(addPath)
  return (
    <StepFrame
      id="what"
      number={1}
      title={t('plans.what')}
      problem={problem}
      actions={
        <>
          <KindChooser draft={draft} change={change} />
          <Button
            size="compact-md"
            leftSection={<IconFolderPlus size={16} stroke={1.75} aria-hidden />}
            onClick={() => void add()}
          >
            {t('plans.addFolder')}
          </Button>
        </>
      }
    >
      <div className="hf-plan-what">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: keys of the boxes inside, which are what has the focus */}
        <div className="hf-drop-plain" data-over={drop.isOver || undefined} onKeyDown={onTreeKey} {...drop.handlers}>
          {source.paths.length === 0 && <p className="hf-2">{t('plans.noFolderYetText')}</p>}
          {source.paths.map((path) => (
            <FolderTree
              key={path}
              root={path}
              rules={source}
              onExcludes={(excludes) => set({ excludes })}
              onRemove={() => set({ paths: source.paths.filter((each) => each !== path) })}
            />
          ))}
        </div>
        <LeaveOut source={source} change={change} onMeasured={onMeasured} />
      </div>
    </StepFrame>
  )
}

function LeaveOut({ source, change, onMeasured }: Pick<WhatFoldersProps, 'source' | 'change' | 'onMeasured'>) {
  const set = (part: Partial<FoldersSource>) => change({ source: { ...source, ...part } })
  const presets = useQuery(['presets'], (client, signal) => client.folders.presets(undefined, { signal }))
  const [pattern, setPattern] = useState('')
  const [bytes, setBytes] = useState<ReadonlyMap<string, FolderMeasurement>>(new Map())
  const chosen = source.paths.flatMap((path) => bytes.get(path) ?? [])
  const leftOut = chosen.reduce((sum, each) => sum + each.excludedBytes, 0)
  const by = (rule: string) =>
    chosen.flatMap((each) => each.excludedBy).reduce((sum, each) => (each.rule === rule ? sum + each.bytes : sum), 0)
  const addPattern = () => {
    const text = pattern.trim()
    if (text !== '' && !source.excludes.includes(text)) set({ excludes: [...source.excludes, text] })
    setPattern('')
  }
  return (
    <div>
      {source.paths.map((path) => (
        <Measured
          key={path}
          path={path}
          rules={source}
          onMeasured={(event) => {
            setBytes((before) => new Map(before).set(path, event))
            onMeasured(event)
          }}
        />
      ))}
      <div className="hf-row hf-between" style={{ height: 28 }}>
        <h3 className="hf-sm hf-med hf-2">{t('plans.leaveOut')}</h3>
        <span className="hf-sm hf-3 hf-num">{leftOut > 0 ? formatBytes(leftOut) : ''}</span>
      </div>
      {presets.state === 'ready' &&
        presets.value.map((preset) => {
          const isOn = source.presets.includes(preset.id)
          const size = by(preset.id)
          return (
            <div key={preset.id} className="hf-preset">
              <Checkbox
                aria-label={translateSaid(preset.title)}
                checked={isOn}
                onChange={() =>
                  set({
                    presets: isOn ? source.presets.filter((id) => id !== preset.id) : [...source.presets, preset.id],
                  })
                }
              />
              <span
                className="hf-ell"
                title={`${translateSaid(preset.description)}\n${preset.patterns.join(', ')}`.trim()}
              >
                <span className="hf-ell" style={{ display: 'block', lineHeight: '16px' }}>
                  {translateSaid(preset.title)}
                </span>
                <span className="hf-xs hf-3 hf-ell" style={{ display: 'block' }}>
                  {preset.patterns.slice(0, 3).join(', ')}
                </span>
              </span>
              <span className="hf-sm hf-num">{isOn && size > 0 ? formatBytes(size) : ''}</span>
            </div>
          )
        })}
      <Pill.Group my={8} gap={4}>
        {source.excludes.map((each) => (
          <Pill
            key={each}
            className="hf-mono"
            withRemoveButton
            removeButtonProps={{ 'aria-label': t('plans.removePattern', { pattern: each }) }}
            onRemove={() => set({ excludes: source.excludes.filter((other) => other !== each) })}
          >
            {each}
          </Pill>
        ))}
      </Pill.Group>
      <TextInput
        aria-label={t('plans.addPatternLabel')}
        placeholder={t('plans.addPatternHint')}
        value={pattern}
        onChange={(event) => setPattern(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Enter' && addPattern()}
        rightSection={
          <ActionIcon aria-label={t('plans.addPattern')} size={24} onClick={addPattern}>
            <IconPlus size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        }
      />
      <Checkbox
        mt={12}
        label={t('plans.oneFileSystem')}
        checked={source.oneFileSystem}
        onChange={(event) => set({ oneFileSystem: event.currentTarget.checked })}
      />
      <SnapshotWish source={source} onChange={(fileSystemSnapshot) => set({ fileSystemSnapshot })} />
    </div>
  )
}
