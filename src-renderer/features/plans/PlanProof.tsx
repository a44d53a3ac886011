import { Button } from '@mantine/core'
import { Link, useNavigate } from 'react-router'
import type { PlanId } from '../../../src-shared/model/ids.ts'
import type { PlanTrust } from '../../../src-shared/model/trust.ts'
import { t } from '../../i18n/translate.ts'
import { useClient, useSharedValue } from '../../state/use-app.tsx'
import { useCommand } from '../../state/use-command.ts'
import { Status } from '../../ui/Status.tsx'
import { trustLooks, trustSentences } from '../../ui/trust-words.ts'
import { useNow } from '../../ui/use-now.ts'
import { useTrust } from '../../ui/use-trust.ts'

/** What is proven of a plan's snapshots, one paragraph a repository, and the button that proves more. */
export function PlanProof({ planId }: { readonly planId: PlanId }) {
  const trust = useTrust()
  const own = trust.state === 'ready' ? trust.value.filter((each) => each.planId === planId) : []
  if (own.length === 0) return null
  return (
    <section id="proof" className="hf-card" style={{ padding: '12px 16px' }} aria-labelledby="plan-proof">
      <h2 id="plan-proof" className="hf-h4" style={{ marginBottom: 4 }}>
        {t('trust.proof')}
      </h2>
      {own.map((each) => (
        <Destination key={each.repositoryId} trust={each} isOnly={own.length === 1} />
      ))}
    </section>
  )
}

function Destination({ trust, isOnly }: { readonly trust: PlanTrust; readonly isOnly: boolean }) {
  const now = useNow()
  const client = useClient()
  const navigate = useNavigate()
  const repositories = useSharedValue('repositories') ?? []
  const { planId, repositoryId, state, restoreTest } = trust
  const name = repositories.find(({ repository }) => repository.id === repositoryId)?.repository.name
  const test = useCommand(async () => {
    await navigate(`/activity/${(await client.trust.testRestore({ planId, repositoryId })).id}`)
  })
  return (
    <div style={{ marginBottom: 8 }}>
      {!isOnly && <p className="hf-med">{name}</p>}
      <Status kind={trustLooks[state]}>{t(`trust.trust_${state}`)}</Status>
      {trustSentences(trust, now).map((sentence) => (
        <p key={sentence} className="hf-sm hf-2 hf-num">
          {sentence}
        </p>
      ))}
      {state !== 'none' && (
        <div className="hf-row" style={{ marginTop: 8, flexWrap: 'wrap' }}>
          <Button loading={test.busy} onClick={() => void test.run()}>
            {t('trust.testRestore')}
          </Button>
          {restoreTest !== undefined && (
            <Button component={Link} variant="subtle" to={`/activity/${restoreTest.jobId}`}>
              {t('trust.openTest')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
