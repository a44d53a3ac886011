import type { Schedule } from '../../../src-shared/model/schedule.ts'

export type ScheduleKind = Schedule['kind']

/** A schedule of another kind that keeps what both kinds know: the time of day, the days, the zone. */
export function scheduleOfKind(kind: ScheduleKind, before: Schedule, zoneHere: string): Schedule {
  if (kind === before.kind) return before
  const timeZone = before.kind === 'manual' ? zoneHere : before.timeZone
  const at = before.kind === 'daily' || before.kind === 'weekly' ? before.at : '13:00'
  const days = before.kind === 'weekly' || before.kind === 'interval' ? before.days : undefined
  switch (kind) {
    case 'manual':
      return { kind }
    case 'interval':
      return { kind, everyMinutes: 60, timeZone }
    case 'daily':
      return { kind, at, timeZone }
    case 'weekly':
      return { kind, days: days ?? [1], at, timeZone }
    case 'cron': {
      const [hour = '13', minute = '00'] = at.split(':')
      return { kind, expression: `${Number(minute)} ${Number(hour)} * * *`, timeZone }
    }
  }
}
