import { Button } from '@mantine/core'
import { t } from '../../i18n/translate.ts'
import { useCommand } from '../../state/use-command.ts'
import type { Enqueue } from './QueueForm.tsx'

interface PlansButtonProps {
  readonly runner: string
  readonly enqueue: Enqueue
}

/** Asks a runner which plans its machine has: a job that prints them. */
export function PlansButton({ runner, enqueue }: PlansButtonProps) {
  const ask = useCommand(() => enqueue({ words: ['plans'], runner }))
  return (
    <Button size="compact-sm" loading={ask.busy} onClick={() => void ask.run()}>
      {t('fleet.itsPlans')}
    </Button>
  )
}
