import { t } from '../../i18n/translate.ts'
import './repositories.css'
import { ActionIcon, Button } from '@mantine/core'
import { IconDatabase, IconPlus } from '@tabler/icons-react'
import { useEffect } from 'react'
import { Link, useNavigate, useParams, useSearchParams } from 'react-router'
import type { RepositoryState } from '../../../src-shared/model/repository.ts'
import { useApp, useShared } from '../../state/use-app.tsx'
import { addRepository } from '../../ui/AddRepository.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { formatBytesOf, formatCounted, formatPercent } from '../../ui/format.ts'
import { repositoryIcons } from '../../ui/kind-icons.ts'
import { Meter } from '../../ui/Meter.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { fullWords, isFillingUp } from '../../ui/repository-words.ts'
import { SplitPane } from '../../ui/SplitPane.tsx'
import { StatusIcon } from '../../ui/Status.tsx'
import { useForecasts } from '../../ui/use-forecasts.ts'
import { useNow } from '../../ui/use-now.ts'
import { RepositoryDetail } from './RepositoryDetail.tsx'

/** The repositories on the left, one of them on the right. `?add` opens the dialog that adds one. */
export function RepositoriesView() {
  const app = useApp()
  const navigate = useNavigate()
  const { id } = useParams()
  const [params, setParams] = useSearchParams()
  const repositories = useShared('repositories')
  const add = () =>
    addRepository((repository) => {
      app.repositories.reload()
      void navigate(`/repositories/${repository.id}`)
    })
  const wantsToAdd = params.has('add')
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time the address asks for it
  useEffect(() => {
    if (!wantsToAdd) return
    setParams({}, { replace: true })
    add()
  }, [wantsToAdd])
  return (
    <QueryView query={repositories} onRetry={app.repositories.reload}>
      {(states) => {
        const chosen = states.find(({ repository }) => repository.id === id) ?? states[0]
        if (chosen === undefined) return <NoRepositories onAdd={add} />
        return (
          <SplitPane
            name="repositories"
            width={252}
            first={<RepositoryList states={states} chosen={chosen} onAdd={add} />}
            second={<RepositoryDetail key={chosen.repository.id} state={chosen} />}
          />
        )
      }}
    </QueryView>
  )
}

function NoRepositories({ onAdd }: { readonly onAdd: () => void }) {
  return (
    <div className="hf-page">
      <PageHeader title={t('common.repositories')} />
      <EmptyState
        icon={IconDatabase}
        title={t('repositories.noneYet')}
        actions={
          <Button variant="filled" onClick={onAdd}>
            {t('common.addRepository')}
          </Button>
        }
      >
        {t('repositories.whatItIs')}
      </EmptyState>
    </div>
  )
}

interface RepositoryListProps {
  readonly states: readonly RepositoryState[]
  readonly chosen: RepositoryState
  readonly onAdd: () => void
}

function RepositoryList({ states, chosen, onAdd }: RepositoryListProps) {
  const now = useNow()
  const forecasts = useForecasts(states.map((state) => state.repository.id))
  return (
    <section className="hf-page" aria-label={t('common.repositories')}>
      <div className="hf-pane-head">
        <h2 className="hf-h2 hf-grow">{t('common.repositories')}</h2>
        <ActionIcon aria-label={t('repositories.add')} onClick={onAdd}>
          <IconPlus size={16} stroke={1.75} aria-hidden />
        </ActionIcon>
      </div>
      <div className="hf-scroll" style={{ padding: '0 8px 8px' }}>
        {states.map((state) => {
          const { repository, usage } = state
          const Icon = repositoryIcons[repository.kind]
          const isCurrent = repository.id === chosen.repository.id
          const isFilling = isFillingUp(state, forecasts.get(repository.id), now)
          const share = usage !== undefined && usage.totalBytes > 0 ? usage.usedBytes / usage.totalBytes : undefined
          return (
            <Link
              key={repository.id}
              to={`/repositories/${repository.id}`}
              className="hf-item hf-repo-item"
              aria-current={isCurrent ? 'true' : undefined}
            >
              <span className="hf-row">
                <Icon size={16} stroke={1.75} className="hf-3" aria-hidden />
                <span className={`hf-grow hf-ell ${isCurrent ? 'hf-strong' : 'hf-med'}`}>{repository.name}</span>
                <StatusIcon kind={state.reachable === false ? 'unreachable' : isFilling ? 'warnings' : 'good'} />
              </span>
              {share !== undefined && (
                <span style={{ display: 'block', margin: '4px 0 4px 24px' }}>
                  <Meter
                    value={share}
                    tone={isFilling ? 'warn' : 'neutral'}
                    label={t('common.isFull', { name: repository.name, percent: formatPercent(share) })}
                  />
                </span>
              )}
              <span className="hf-repo-item-line">
                <span>
                  {usage !== undefined && usage.totalBytes > 0
                    ? formatBytesOf(usage.usedBytes, usage.totalBytes)
                    : formatCounted(state.snapshots, 'snapshot')}
                </span>
                <span>{share === undefined ? '' : formatPercent(share)}</span>
              </span>
              <span className="hf-repo-item-line hf-3">{fullWords(state, forecasts.get(repository.id), now)}</span>
            </Link>
          )
        })}
      </div>
    </section>
  )
}
