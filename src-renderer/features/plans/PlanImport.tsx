import { ActionIcon, FileButton, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconFileImport } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { longestPlanFile } from '../../../src-shared/model/plan-file.ts'
import { t } from '../../i18n/translate.ts'
import { useSharedValue } from '../../state/use-app.tsx'
import { planFromFile } from './plan-file.ts'

/** Reads a plan from a file into the editor, where it is looked at before it is saved. `?import` in the address asks for one. */
export function PlanImport() {
  const navigate = useNavigate()
  const [params, setParams] = useSearchParams()
  const button = useRef<HTMLButtonElement>(null)
  const repositories = useSharedValue('repositories') ?? []
  const keys = useSharedValue('keys') ?? []
  const isWanted = params.has('import')
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time the address asks for it
  useEffect(() => {
    if (!isWanted) return
    setParams({}, { replace: true })
    button.current?.focus()
    button.current?.click()
  }, [isWanted])
  const read = async (file: File | null) => {
    if (file === null) return
    const text = file.size > longestPlanFile ? '' : await file.text()
    const ids = keys.map(({ id }) => id)
    const draft = planFromFile(text, repositories, ids)
    if (draft !== undefined) return void navigate('/plans/new', { state: { draft } })
    notifications.show({
      title: t('plans.importFailed'),
      message: t('plans.importHint'),
      color: 'red',
      withBorder: true,
    })
  }
  return (
    <FileButton onChange={(file) => void read(file)} accept="application/json">
      {(props) => (
        <Tooltip label={t('plans.importPlan')}>
          <ActionIcon {...props} ref={button} aria-label={t('plans.importPlan')}>
            <IconFileImport size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Tooltip>
      )}
    </FileButton>
  )
}
