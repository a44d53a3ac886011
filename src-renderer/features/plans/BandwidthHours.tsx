import { ActionIcon, Button } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import type { Bandwidth } from '../../../src-shared/model/plan.ts'
import { t } from '../../i18n/translate.ts'
import { ByteInput } from '../../ui/ByteInput.tsx'
import { TimeOfDay } from './ScheduleFields.tsx'

const MOST_WINDOWS = 8
const MIB = 2 ** 20
/** Office hours, at a speed that leaves a home connection usable. */
const START = { from: '08:00', to: '18:00', bytesPerSecond: 5 * MIB } as const

export interface BandwidthHoursProps {
  readonly value: Bandwidth | undefined
  readonly onChange: (value: Bandwidth | undefined) => void
}

/** How fast this plan may read at which time of the day. The general limit of the settings holds at other times. */
export function BandwidthHours({ value = [], onChange }: BandwidthHoursProps) {
  const put = (at: number, part: Partial<Bandwidth[number]>) =>
    onChange(value.map((window, each) => (each === at ? { ...window, ...part } : window)))
  const remove = (at: number) => {
    const rest = value.toSpliced(at, 1)
    onChange(rest.length === 0 ? undefined : rest)
  }
  return (
    <fieldset className="hf-bandwidth">
      <legend className="hf-sm hf-med">{t('plans.speed')}</legend>
      <p className="hf-sm hf-2">{value.length === 0 ? t('plans.speedAny') : t('plans.speedHelp')}</p>
      {value.map((window, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: windows have no name but their place, and are edited in it
        <div key={at} className="hf-row" style={{ flexWrap: 'wrap' }}>
          <TimeOfDay label={t('plans.speedFrom')} value={window.from} onChange={(from) => put(at, { from })} />
          <TimeOfDay label={t('plans.speedTo')} value={window.to} onChange={(to) => put(at, { to })} />
          <ByteInput
            label={t('plans.speedLimit')}
            suffix="/s"
            value={window.bytesPerSecond}
            onChange={(bytes) => bytes !== undefined && put(at, { bytesPerSecond: Math.max(1024, bytes) })}
          />
          <ActionIcon variant="subtle" color="gray" aria-label={t('plans.speedRemove')} onClick={() => remove(at)}>
            <IconX size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {value.length < MOST_WINDOWS && (
        <Button
          size="compact-sm"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange([...value, START])}
          style={{ alignSelf: 'flex-start' }}
        >
          {t('plans.speedAdd')}
        </Button>
      )}
    </fieldset>
  )
}
