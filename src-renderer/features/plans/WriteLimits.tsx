import { type PlanDraft, slowestWriting } from '../../../src-shared/model/plan.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { ByteInput } from '../../ui/ByteInput.tsx'
import { TO_BE_MADE } from './draft.ts'

type Destinations = PlanDraft['destinations']

export interface WriteLimitsProps {
  readonly destinations: Destinations
  readonly onChange: (destinations: Destinations) => void
}

/** How fast new blocks may go to each destination, at any time of the day. */
export function WriteLimits({ destinations, onChange }: WriteLimitsProps) {
  const repositories = useSharedValue('repositories') ?? []
  const nameOf = (id: string) =>
    id === TO_BE_MADE
      ? t('ui.thisComputer')
      : (repositories.find(({ repository }) => repository.id === id)?.repository.name ?? id)
  const set = (at: number, bytes: number | undefined) =>
    onChange(
      destinations.map((each, index) => {
        if (index !== at) return each
        const { writeLimitBytesPerSecond: _, ...rest } = each
        return bytes === undefined ? rest : { ...rest, writeLimitBytesPerSecond: Math.max(slowestWriting, bytes) }
      }),
    )
  if (destinations.length === 0) return null
  return (
    <fieldset className="hf-bandwidth">
      <legend className="hf-sm hf-med">{t('plans.writing')}</legend>
      <p className="hf-sm hf-2">{t('plans.writingHelp')}</p>
      {destinations.map(({ repositoryId, writeLimitBytesPerSecond }, at) => {
        const name = nameOf(repositoryId)
        return (
          <div key={repositoryId} className="hf-row">
            <span className="hf-ell" style={{ width: 192 }}>
              {name}
            </span>
            <ByteInput
              label={t('plans.writingTo', { name })}
              suffix="/s"
              value={writeLimitBytesPerSecond}
              onChange={(bytes) => set(at, bytes)}
            />
          </div>
        )
      })}
    </fieldset>
  )
}
