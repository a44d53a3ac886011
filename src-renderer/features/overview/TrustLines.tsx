import { Link } from 'react-router'
import type { PlanState } from '../../../src-shared/contract/plans.ts'
import type { PlanTrust } from '../../../src-shared/model/trust.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { Status } from '../../ui/Status.tsx'
import { trustLooks, trustSentences } from '../../ui/trust-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { useTrust } from '../../ui/use-trust.ts'

/** Of each plan how sure one may be that it comes back: a backup nobody ever restored is a hope. */
export function TrustLines({ plans }: { readonly plans: readonly PlanState[] }) {
  const trust = useTrust()
  const known = trust.state === 'ready' ? trust.value.filter(({ state }) => state !== 'none') : []
  if (known.length === 0) return null
  return (
    <section aria-labelledby="overview-trust">
      <div className="hf-section-head">
        <h2 id="overview-trust" className="hf-h4">
          {t('trust.wouldItComeBack')}
        </h2>
      </div>
      <div className="hf-card">
        {known.map((each) => (
          <Line key={`${each.planId} ${each.repositoryId}`} trust={each} plans={plans} />
        ))}
      </div>
    </section>
  )
}

function Line({ trust, plans }: { readonly trust: PlanTrust; readonly plans: readonly PlanState[] }) {
  const now = useNow()
  const repositories = useSharedValue('repositories') ?? []
  const plan = plans.find((state) => state.plan.id === trust.planId)?.plan
  if (plan === undefined) return null
  const where = repositories.find((state) => state.repository.id === trust.repositoryId)?.repository.name
  return (
    <Link to={`/plans/${plan.id}#proof`} className="hf-repo-line">
      <div className="hf-row">
        <span className="hf-med hf-grow hf-ell">
          {plan.name}
          {plan.destinations.length > 1 && where !== undefined && <span className="hf-3"> {where}</span>}
        </span>
        <Status kind={trustLooks[trust.state]} size="sm">
          {t(`trust.trust_${trust.state}`)}
        </Status>
      </div>
      <p className="hf-sm hf-2 hf-num">{trustSentences(trust, now).join(' ')}</p>
    </Link>
  )
}
