import { Button, Menu } from '@mantine/core'
import { IconChevronDown, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { t } from '../i18n/translate.ts'
import { useClient, useSharedValue } from '../state/use-app.tsx'
import { useCommand } from '../state/use-command.ts'
import { daysBetween, formatMoment, formatTime } from '../ui/format.ts'
import { useNow } from '../ui/use-now.ts'
import { pauseChoices } from './pause-until.ts'

/** Pauses every plan for a while. What runs goes on; missed runs are caught up once. */
export function PauseMenu() {
  const client = useClient()
  const now = useNow()
  const pausedUntil = useSharedValue('pause')?.pausedUntil
  const pause = useCommand((until: number) => client.app.pause({ until }))
  const resume = useCommand(() => client.app.resume())
  const isPaused = pausedUntil !== undefined && pausedUntil > now

  return (
    <Menu width={240}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          px={8}
          leftSection={<IconPlayerPause size={16} stroke={1.75} aria-hidden />}
          rightSection={<IconChevronDown size={14} stroke={1.9} aria-hidden />}
        >
          {isPaused
            ? t('shell.pausedUntil', {
                when: daysBetween(now, pausedUntil) === 0 ? formatTime(pausedUntil) : formatMoment(pausedUntil, now),
              })
            : t('shell.pause')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('shell.pauseAll')}</Menu.Label>
        {pauseChoices(now).map((choice) => (
          <Menu.Item key={choice.label} onClick={() => pause.run(choice.until)}>
            {choice.label}
          </Menu.Item>
        ))}
        {isPaused && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => resume.run()}>
              {t('shell.resumeNow')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
