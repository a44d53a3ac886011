import { ActionIcon, Checkbox, VisuallyHidden } from '@mantine/core'
import { IconChevronDown, IconChevronRight, IconFile, IconFilterX, IconFolder, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { FolderEntry, FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import { anchoredExclude } from '../../../src-shared/model/anchored-exclude.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { FoldersSource } from '../../../src-shared/model/source.ts'
import { t } from '../../i18n/translate.ts'
import { useQuery } from '../../state/use-query.ts'
import { useStream } from '../../state/use-stream.ts'
import { formatBytes } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { boxState, relativeTo, toggled } from './tree-rules.ts'

interface TreeRules {
  readonly root: string
  readonly rules: Pick<FoldersSource, 'excludes' | 'presets'>
  readonly onExcludes: (excludes: string[]) => void
}

const INDENT = 20

/** One chosen folder and what is in it. Unticking leaves something out; what a rule leaves out fades and names its rule. */
export function FolderTree({ onRemove, ...tree }: TreeRules & { readonly onRemove: () => void }) {
  const [isOpen, setOpen] = useState(true)
  const state = tree.rules.excludes.some((pattern) => pattern.startsWith('/')) ? 'part' : 'on'
  return (
    <section aria-label={displayPath(tree.root)}>
      <div className="hf-plan-tree-row">
        <Toggle isOpen={isOpen} name={tree.root} onToggle={() => setOpen(!isOpen)} />
        <Checkbox
          aria-label={t('plans.protect', { name: displayPath(tree.root) })}
          checked={state === 'on'}
          indeterminate={state === 'part'}
          onChange={onRemove}
        />
        <IconFolder size={16} stroke={1.75} className="hf-3" aria-hidden />
        <span className="hf-mono hf-ell hf-grow">{displayPath(tree.root)}</span>
        <Size path={tree.root} />
        <ActionIcon size={20} aria-label={t('plans.remove', { name: displayPath(tree.root) })} onClick={onRemove}>
          <IconX size={14} aria-hidden />
        </ActionIcon>
      </div>
      {isOpen && <Children path={tree.root} depth={1} tree={tree} />}
    </section>
  )
}

function Children({ path, depth, tree }: { readonly path: string; readonly depth: number; readonly tree: TreeRules }) {
  const { excludes, presets } = tree.rules
  const list = useQuery(
    ['folder', path, JSON.stringify([excludes, presets])],
    (client, signal) => client.folders.list({ path, root: tree.root, rules: { excludes, presets } }, { signal }),
    { keep: true },
  )
  return (
    <QueryView query={list} onRetry={list.reload} skeleton={<SkeletonRows rows={3} height={28} />}>
      {({ entries }) =>
        entries.length === 0 ? (
          <p className="hf-sm hf-3" style={{ paddingLeft: depth * INDENT + 20 }}>
            {t('plans.noFoldersIn')}
          </p>
        ) : (
          entries.map((entry) => <Row key={entry.path} entry={entry} depth={depth} tree={tree} />)
        )
      }
    </QueryView>
  )
}

function Row({
  entry,
  depth,
  tree,
}: {
  readonly entry: FolderEntry
  readonly depth: number
  readonly tree: TreeRules
}) {
  const [isOpen, setOpen] = useState(false)
  const path = relativeTo(tree.root, entry.path) ?? entry.name
  const state = boxState(path, entry.excludedBy, tree.rules.excludes)
  const name = displayPath(entry.name)
  const isFolder = entry.kind === 'directory'
  const why = entry.excludedBy === anchoredExclude(path) ? t('plans.yourChoice') : entry.excludedBy
  return (
    <>
      <div className="hf-plan-tree-row" data-out={state === 'off' || undefined} style={{ paddingLeft: depth * INDENT }}>
        {isFolder ? (
          <Toggle isOpen={isOpen} name={name} onToggle={() => setOpen(!isOpen)} />
        ) : (
          <span style={{ width: 20, flex: 'none' }} />
        )}
        <Checkbox
          aria-label={t('plans.protect', { name })}
          checked={state === 'on'}
          indeterminate={state === 'part'}
          onChange={() => tree.onExcludes(toggled(path, state, entry.excludedBy, tree.rules.excludes))}
        />
        {isFolder ? (
          <IconFolder size={16} stroke={1.75} className="hf-3 hf-folder-icon" aria-hidden />
        ) : (
          <IconFile size={16} stroke={1.75} className="hf-3" aria-hidden />
        )}
        <span className="hf-ell">{name}</span>
        {why !== undefined && (
          <span className="hf-row hf-xs hf-3" style={{ gap: 4, flex: 'none' }}>
            <IconFilterX size={12} stroke={2} aria-hidden />
            <span>
              <VisuallyHidden>{t('plans.leftOutBy')} </VisuallyHidden>
              {why}
            </span>
          </span>
        )}
        {!entry.readable && <span className="hf-xs hf-warn">{t('plans.notReadable')}</span>}
        <span className="hf-grow" />
        {isFolder ? (
          <Size path={entry.path} />
        ) : (
          entry.sizeBytes !== undefined && <span className="hf-sm hf-num">{formatBytes(entry.sizeBytes)}</span>
        )}
      </div>
      {isOpen && <Children path={entry.path} depth={depth + 1} tree={tree} />}
    </>
  )
}

interface ToggleProps {
  readonly isOpen: boolean
  readonly name: string
  readonly onToggle: () => void
}

function Toggle({ isOpen, name, onToggle }: ToggleProps) {
  const Icon = isOpen ? IconChevronDown : IconChevronRight
  return (
    <ActionIcon
      size={20}
      aria-label={isOpen ? t('plans.closeThis', { name }) : t('plans.openThis', { name })}
      aria-expanded={isOpen}
      onClick={onToggle}
    >
      <Icon size={14} stroke={1.9} aria-hidden />
    </ActionIcon>
  )
}

/** What a folder holds altogether; grows while it is being counted. */
function Size({ path }: { readonly path: string }) {
  const { state } = useStream<FolderMeasurement, FolderMeasurement | undefined>({
    key: path,
    open: (client, signal) => client.folders.measure({ path }, { signal }),
    initial: undefined,
    apply: (_before, event) => event,
  })
  if (state === undefined) return null
  const bytes = state.bytes + state.excludedBytes
  return (
    <span className={`hf-sm hf-num ${state.done ? '' : 'hf-3'}`} style={{ flex: 'none' }}>
      {state.done ? formatBytes(bytes) : `${formatBytes(bytes)} …`}
    </span>
  )
}
