import { Button, Checkbox, TextInput } from '@mantine/core'
import { modals } from '@mantine/modals'
import { useState } from 'react'
import type { RemovalPreview } from '../../../src-shared/contract/history.ts'
import type { Entry } from '../../../src-shared/model/entry.ts'
import type { LineageId } from '../../../src-shared/model/ids.ts'
import type { Job } from '../../../src-shared/model/job.ts'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { type Figure, Figures } from '../../ui/Figures.tsx'
import { formatBytes, formatCount } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'

export interface RemoveWish {
  readonly lineageId: LineageId
  readonly entry: Entry
  readonly onStarted: (job: Job) => void
}

/** Asks whether a file or folder is to go from every snapshot of its source, and says what that changes. */
export function openRemoveDialog(wish: RemoveWish): void {
  const id = modals.open({
    title: t('history.title', { name: displayPath(wish.entry.name) }),
    size: 560,
    children: <RemoveDialog {...wish} onClose={() => modals.close(id)} />,
  })
}

interface DialogProps extends RemoveWish {
  readonly onClose: () => void
}

function RemoveDialog(props: DialogProps) {
  const { lineageId, entry } = props
  const paths = [entry.path]
  const preview = useQuery(
    ['removal', lineageId, entry.path],
    (client, signal) => client.history.preview({ lineageId, paths }, { signal }),
    { areas: ['snapshots'] },
  )
  return (
    <QueryView query={preview} onRetry={preview.reload}>
      {(value) => {
        if (!value.canRemove) return <Refusal words={[t('history.cannot'), t('history.cannotNext')]} {...props} />
        if (value.snapshots + value.unreadSnapshots === 0) return <Refusal words={[t('history.notThere')]} {...props} />
        return <RemoveForm {...props} preview={value} />
      }}
    </QueryView>
  )
}

function Refusal({ words, onClose }: { readonly words: readonly string[]; readonly onClose: () => void }) {
  return (
    <>
      {words.map((sentence) => (
        <p key={sentence} style={{ marginBottom: 8 }}>
          {sentence}
        </p>
      ))}
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button onClick={onClose} data-autofocus>
          {t('common.close')}
        </Button>
      </div>
    </>
  )
}

function RemoveForm({ lineageId, entry, preview, onStarted, onClose }: DialogProps & { preview: RemovalPreview }) {
  const client = useClient()
  const lineage = useSharedValue('lineages')?.find(({ id }) => id === lineageId)
  const [includeProtected, setIncludeProtected] = useState(false)
  const [excludes, setExcludes] = useState(preview.plan?.folders === 1)
  const [typed, setTyped] = useState('')
  const name = displayPath(entry.name)
  const start = useCommand(
    async () => {
      if (lineage === undefined) return undefined
      return await client.history.remove({
        repositoryId: lineage.repositoryId,
        lineageIds: [lineageId],
        paths: [entry.path],
        includeProtected,
        excludeFromPlans: excludes && preview.plan !== undefined,
      })
    },
    {
      done: (job) => {
        onClose()
        if (job !== undefined) onStarted(job)
      },
    },
  )
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        // useCommand shows its failure itself
        if (typed === name) void start.run()
      }}
    >
      <p>{t('history.whatHappens', { source: lineage?.title ?? '' })}</p>
      <div style={{ margin: '16px 0' }}>
        <Figures figures={figuresOf(preview, includeProtected)} />
      </div>
      {preview.unreadSnapshots > 0 && <p>{t('history.unread', { count: preview.unreadSnapshots })}</p>}
      {preview.protectedSnapshots > 0 && (
        <Checkbox
          mt={12}
          label={t('history.includeProtected')}
          checked={includeProtected}
          onChange={(event) => setIncludeProtected(event.currentTarget.checked)}
        />
      )}
      {preview.plan !== undefined && (
        <Checkbox
          mt={12}
          label={t('history.exclude', { plan: preview.plan.name })}
          description={preview.plan.folders === 1 ? t('history.excludeHelp') : t('history.excludeAllHelp')}
          checked={excludes}
          onChange={(event) => setExcludes(event.currentTarget.checked)}
        />
      )}
      <p className="hf-sm hf-2" style={{ marginTop: 12 }}>
        {t('history.spaceLater')}
      </p>
      <TextInput
        mt={12}
        label={t('history.typeName', { name })}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <div className="hf-row" style={{ justifyContent: 'flex-end', marginTop: 16 }}>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button type="submit" data-danger disabled={typed !== name} loading={start.busy}>
          {verbOf(preview, includeProtected)}
        </Button>
      </div>
    </form>
  )
}

function figuresOf(preview: RemovalPreview, includeProtected: boolean): readonly Figure[] {
  const { snapshots, protectedSnapshots, versions, bytes } = preview
  const figures: Figure[] = [
    { label: t('history.snapshots'), value: formatCount(snapshots) },
    { label: t('history.versions'), value: formatCount(versions) },
    { label: t('history.bytes'), value: formatBytes(bytes), note: t('history.bytesNote') },
  ]
  if (protectedSnapshots > 0) {
    figures.push({
      label: t('history.protectedOnes'),
      value: formatCount(protectedSnapshots),
      note: includeProtected ? t('history.protectedGo') : t('history.protectedStay'),
    })
  }
  return figures
}

/** The verb with its count, where that is known. */
function verbOf(preview: RemovalPreview, includeProtected: boolean): string {
  if (preview.unreadSnapshots > 0) return t('history.confirmAll')
  return t('history.confirm', { count: preview.snapshots - (includeProtected ? 0 : preview.protectedSnapshots) })
}
