import { ActionIcon, Button, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconCopy, IconHistory, IconListCheck } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { Trans } from 'react-i18next'
import { Link } from 'react-router'
import type { RestoreOutcome, RestorePreview } from '../../../src-shared/model/restore.ts'
import { t } from '../../i18n/translate.ts'
import { type RestoreDraft, useRestoreActions } from '../../state/restore-draft.ts'
import { useClient } from '../../state/use-app.tsx'
import { showFailure, useCommand } from '../../state/use-command.ts'
import { useStream } from '../../state/use-stream.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { formatCounted, formatDate } from '../../ui/format.ts'
import { SkeletonRows } from '../../ui/Skeletons.tsx'
import { nameOf } from '../../ui/snapshot-path.ts'
import { useNow } from '../../ui/use-now.ts'
import { OutcomeChips } from './OutcomeChips.tsx'
import { OutcomeList } from './OutcomeList.tsx'
import { PanelHead } from './PanelHead.tsx'
import { writtenFiles } from './preview-rows.ts'
import { defaultOptions, RestoreForm } from './RestoreForm.tsx'
import { nothingWords, undoWords, writesWords } from './restore-words.ts'

export interface RestoreChoosingProps {
  readonly draft: RestoreDraft
  readonly from: string
  readonly onStarted: (preview: RestorePreview) => void
}

const DAY_MS = 86_400_000

/** Before: the questions, and what will happen to each file. Nothing is written before this list was there. */
export function RestoreChoosing({ draft, from, onStarted }: RestoreChoosingProps) {
  const client = useClient()
  const now = useNow()
  const restore = useRestoreActions()
  const [options, setOptions] = useState(defaultOptions)
  const [filter, setFilter] = useState<RestoreOutcome>()
  const { snapshotId, paths } = draft
  const request = useMemo(
    () => ({ snapshotId, options: { ...options, paths: [...paths] } }),
    [snapshotId, options, paths],
  )
  const stream = useStream<RestorePreview, RestorePreview | undefined>({
    key: paths.length === 0 ? undefined : JSON.stringify(request),
    open: (of, signal) => of.restore.preview(request, { signal }),
    initial: undefined,
    apply: (_, event) => event,
  })
  // While another choice is being looked at, the list of the one before it stays.
  const last = useRef<RestorePreview>(undefined)
  useEffect(() => {
    if (stream.state !== undefined) last.current = stream.state
  }, [stream.state])
  const preview = paths.length === 0 ? undefined : (stream.state ?? last.current)
  const isCurrent = stream.state?.complete === true
  const writes = preview === undefined ? 0 : writtenFiles(preview.counts)

  const start = useCommand(() => client.restore.start(request), {
    done: (job) => {
      if (preview !== undefined) onStarted(preview)
      restore.started(job.id)
    },
  })
  const copy = () => {
    client.restore
      .asCommand(request)
      .then((command) => navigator.clipboard.writeText(command))
      .then(() => notifications.show({ message: t('common.commandCopied') }), showFailure)
  }
  const title =
    preview === undefined
      ? t('common.restore')
      : t('restore.restoreFiles', { files: formatCounted(preview.files, 'file') })
  const newer = preview?.items.find((item) => item.outcome === 'newer-on-disk')

  return (
    <>
      <PanelHead title={title} sub={from} onClose={restore.close} />
      <RestoreForm
        paths={paths}
        options={options}
        targetRoot={preview?.targetRoot}
        onPaths={restore.choose}
        onOptions={setOptions}
      />
      {stream.failure !== undefined ? (
        <ErrorState failure={stream.failure} onRetry={() => setOptions({ ...options })} />
      ) : preview === undefined ? (
        <div className="hf-grow">
          {paths.length === 0 ? (
            <EmptyState icon={IconListCheck} title={t('restore.nothingChosen')} />
          ) : (
            <SkeletonRows rows={7} />
          )}
        </div>
      ) : (
        <>
          <OutcomeChips tense="before" preview={preview} filter={filter} onFilter={setFilter} />
          <OutcomeList preview={preview} chosen={paths} filter={filter} tense="before" />
          {newer !== undefined && options.conflict === 'newer' && (
            <p className="hf-sm hf-2 hf-restore-note">
              {t('restore.newerOnDisk', { count: preview.counts['newer-on-disk'], name: nameOf(newer.path) })}{' '}
              <Trans
                i18nKey="restore.compareOrCopy"
                components={{
                  compare: (
                    <Link to={`/compare?${new URLSearchParams({ from: snapshotId, to: 'disk', path: newer.path })}`} />
                  ),
                  copy: (
                    <button
                      type="button"
                      className="hf-link"
                      onClick={() => setOptions({ ...options, conflict: 'rename' })}
                    />
                  ),
                }}
              />
            </p>
          )}
        </>
      )}
      <div className="hf-panel-foot">
        <p className="hf-sm hf-2 hf-grow" aria-live="polite">
          {preview === undefined
            ? ''
            : !isCurrent
              ? t('restore.lookingSoFar', { files: formatCounted(preview.files, 'file') })
              : writes === 0
                ? nothingWords(preview)
                : `${writesWords(preview)} ${undoWords(preview.counts.overwrite > 0, formatDate(now + options.undoDays * DAY_MS, now))}`}
        </p>
        <Tooltip label={t('common.copyAsCommand')}>
          <ActionIcon
            variant="default"
            size={32}
            aria-label={t('common.copyAsCommand')}
            disabled={paths.length === 0}
            onClick={copy}
          >
            <IconCopy size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Button
          variant="filled"
          leftSection={<IconHistory size={16} stroke={1.75} aria-hidden />}
          disabled={!isCurrent || writes === 0}
          loading={start.busy}
          onClick={() => {
            // useCommand shows its failure itself
            void start.run()
          }}
        >
          {writes === 0 ? t('common.restore') : t('restore.restoreFiles', { files: formatCounted(writes, 'file') })}
        </Button>
      </div>
    </>
  )
}
