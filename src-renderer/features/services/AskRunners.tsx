import { Button } from '@mantine/core'
import { type ReactNode, useState } from 'react'
import { t } from '../../i18n/translate.ts'
import { useCommand } from '../../state/use-command.ts'
import type { AskedServer } from './asked-server.ts'
import { MachinePlans } from './MachinePlans.tsx'
import { QueueForm } from './QueueForm.tsx'

interface AskRunnersProps {
  readonly server: AskedServer
  /** Ids that are known. */
  readonly runners: readonly string[]
  /** The runners, each with the button that asks it for its plans. */
  readonly table: (plansButton: (runner: string) => ReactNode) => ReactNode
}

interface Asked {
  readonly runner: string
  readonly jobId: string
}

/** What a job server's runners can be asked for: which plans their machines have, and to run one. */
export function AskRunners({ server, runners, table }: AskRunnersProps) {
  const [asked, setAsked] = useState<Asked>()
  return (
    <>
      {table((runner) => (
        <PlansButton runner={runner} server={server} onAsked={setAsked} />
      ))}
      {asked !== undefined && (
        <MachinePlans key={asked.jobId} server={server} {...asked} onClose={() => setAsked(undefined)} />
      )}
      <QueueForm runners={runners} server={server} />
    </>
  )
}

interface PlansButtonProps {
  readonly runner: string
  readonly server: AskedServer
  readonly onAsked: (asked: Asked) => void
}

function PlansButton({ runner, server, onAsked }: PlansButtonProps) {
  const ask = useCommand(async () => onAsked({ runner, jobId: await server.queue({ words: ['plans'], runner }) }))
  return (
    <Button size="compact-sm" loading={ask.busy} onClick={() => void ask.run()}>
      {t('fleet.itsPlans')}
    </Button>
  )
}
