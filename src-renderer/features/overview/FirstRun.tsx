import { Button } from '@mantine/core'
import {
  type Icon,
  IconDatabase,
  IconDatabaseImport,
  IconFolder,
  IconFolderOpen,
  IconFolderPlus,
  IconHistory,
  IconStack2,
} from '@tabler/icons-react'
import { Link, useNavigate } from 'react-router'
import type { FolderMeasurement } from '../../../src-shared/contract/folders.ts'
import { translateSaid } from '../../i18n/said.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { useQuery } from '../../state/use-query.ts'
import { useStream } from '../../state/use-stream.ts'
import { formatBytes, formatCounted } from '../../ui/format.ts'
import { QueryView } from '../../ui/QueryView.tsx'
import { useFolderDrop } from '../../ui/use-folder-drop.ts'

/** An empty app shows one card, and a way in for somebody who only wants to restore. */
export function FirstRun() {
  const navigate = useNavigate()
  const protect = (path: string) => void navigate(`/plans/new?path=${encodeURIComponent(path)}`)
  const suggestions = useQuery(['suggestions'], (client, signal) => client.folders.suggestions(undefined, { signal }))
  return (
    <div className="hf-first">
      <section className="hf-card" aria-labelledby="first-title">
        <h1 id="first-title" className="hf-h1" tabIndex={-1}>
          {t('overview.nothingProtected')}
        </h1>
        <p className="hf-lead">{t('overview.chooseOne')}</p>
        <DropArea onPath={protect} />
        <ul style={{ marginTop: 16 }} aria-label={t('overview.suggested')}>
          <QueryView query={suggestions} onRetry={suggestions.reload}>
            {(folders) =>
              folders.map(({ path, title }) => (
                <Suggestion key={path} path={path} title={translateSaid(title)} onProtect={protect} />
              ))
            }
          </QueryView>
        </ul>
      </section>
      <div className="hf-other">
        <OtherWay
          to="/repositories?add"
          icon={IconDatabaseImport}
          title={t('overview.haveBackups')}
          text={t('overview.haveBackupsText')}
        />
        <OtherWay
          to="/plans/new"
          icon={IconStack2}
          title={t('overview.protectElse')}
          text={t('overview.protectElseText')}
        />
      </div>
      <Guide />
    </div>
  )
}

interface OtherWayProps {
  readonly to: string
  readonly icon: Icon
  readonly title: string
  readonly text: string
}

function OtherWay({ to, icon: Icon, title, text }: OtherWayProps) {
  return (
    <Link to={to} className="hf-card">
      <Icon size={16} stroke={1.75} className="hf-3" aria-hidden style={{ marginTop: 2 }} />
      <span>
        <span className="hf-strong" style={{ display: 'block' }}>
          {title}
        </span>
        <span className="hf-sm hf-2">{text}</span>
      </span>
    </Link>
  )
}

const steps = [
  { icon: IconFolder, title: 'overview.guideWhat', text: 'overview.guideWhatText' },
  { icon: IconDatabase, title: 'overview.guideWhere', text: 'overview.guideWhereText' },
  { icon: IconHistory, title: 'overview.guideBack', text: 'overview.guideBackText' },
] as const

/** What comes after the first click, so that nobody needs to wonder. */
function Guide() {
  return (
    <ol className="hf-guide" aria-label={t('overview.guide')}>
      {steps.map(({ icon: Icon, title, text }) => (
        <li key={title}>
          <Icon size={20} stroke={1.5} className="hf-accent" aria-hidden />
          <span className="hf-strong">{t(title)}</span>
          <span className="hf-sm hf-2">{t(text)}</span>
        </li>
      ))}
    </ol>
  )
}

/** A folder dropped here, or chosen: in the shell by its own dialog, in a browser in the editor's tree. */
function DropArea({ onPath }: { readonly onPath: (path: string) => void }) {
  const client = useClient()
  const navigate = useNavigate()
  const host = useSharedValue('info')?.host
  const drop = useFolderDrop(onPath)
  const pick = useCommand(async () => {
    if (host === 'headless') return void navigate('/plans/new')
    const { path } = await client.folders.pick({ title: t('overview.chooseFolderToProtect') })
    if (path !== undefined) onPath(path)
  })
  return (
    <div className="hf-drop" data-over={drop.isOver || undefined} {...drop.handlers}>
      <IconFolderPlus size={32} stroke={1.25} className="hf-accent" aria-hidden />
      <span className="hf-med">{t('overview.dropHere')}</span>
      <Button
        variant="filled"
        leftSection={<IconFolderOpen size={16} stroke={1.75} aria-hidden />}
        loading={pick.busy}
        onClick={() => pick.run()}
      >
        {t('overview.chooseFolder')}
      </Button>
    </div>
  )
}

interface SuggestionProps {
  readonly path: string
  readonly title: string
  readonly onProtect: (path: string) => void
}

function Suggestion({ path, title, onProtect }: SuggestionProps) {
  const { state: measured } = useStream<FolderMeasurement, FolderMeasurement | undefined>({
    key: path,
    open: (client, signal) => client.folders.measure({ path }, { signal }),
    initial: undefined,
    apply: (_before, event) => event,
  })
  return (
    <li className="hf-suggestion">
      <IconFolder size={16} stroke={1.75} className="hf-3" aria-hidden />
      <span className="hf-med">{title}</span>
      <span className="hf-mono hf-3 hf-ell hf-grow">{path}</span>
      {measured !== undefined && (
        <span className="hf-sm hf-3 hf-num">
          {measured.done
            ? formatCounted(measured.files, 'file')
            : t('overview.countedSoFar', { files: formatCounted(measured.files, 'file') })}
        </span>
      )}
      <span className="hf-sm hf-num" style={{ width: 64, textAlign: 'right' }}>
        {measured?.done === true ? formatBytes(measured.bytes) : ''}
      </span>
      <Button size="compact-md" aria-label={t('overview.protectThis', { title })} onClick={() => onProtect(path)}>
        {t('overview.protect')}
      </Button>
    </li>
  )
}
