import cronstrue from 'cronstrue'
import 'cronstrue/locales/de.js'
import { assertNever } from '../../../src-shared/assert-never.ts'
import type { Retention } from '../../../src-shared/model/retention.ts'
import type { Schedule } from '../../../src-shared/model/schedule.ts'
import { language, locale, t } from '../../i18n/translate.ts'
import { pruneRules } from './keep-picture.ts'

/** A schedule as a person would say it, in the language of the window. */
export function scheduleWords(schedule: Schedule): string {
  switch (schedule.kind) {
    case 'manual':
      return t('plans.saidManual')
    case 'interval': {
      const { days, between } = schedule
      const every = everyWords(schedule.everyMinutes)
      const onDays =
        days === undefined || days.length === 7 ? every : t('plans.saidOn', { every, days: listOfDays(days) })
      return between === undefined ? onDays : t('plans.saidBetween', { every: onDays, ...between })
    }
    case 'daily':
      return t('plans.saidDaily', { time: schedule.at })
    case 'weekly':
      return schedule.days.length === 7
        ? t('plans.saidDaily', { time: schedule.at })
        : t('plans.saidWeekly', { days: listOfDays(schedule.days), time: schedule.at })
    case 'cron':
      return cronWords(schedule.expression)
    default:
      return assertNever(schedule)
  }
}

/** `Mo`, `Tu` …; 0 is Sunday, as in cron. */
export function weekdayName(day: number): string {
  return dayName(day, 'short').slice(0, 2)
}

/** `14 daily`, `8 weekly`: what a retention keeps, rule by rule. */
export function retentionWords(retention: Retention): readonly string[] {
  return pruneRules.flatMap((rule) => {
    const n = retention[rule]
    return n === undefined ? [] : [t(`ui.ruleCount_${rule}`, { n })]
  })
}

function everyWords(minutes: number): string {
  if (minutes % 1440 === 0) {
    return minutes === 1440 ? t('plans.saidEveryDay') : t('plans.saidEveryDays', { n: minutes / 1440 })
  }
  if (minutes % 60 === 0) {
    return minutes === 60 ? t('plans.saidEveryHour') : t('plans.saidEveryHours', { n: minutes / 60 })
  }
  return t('plans.saidEveryMinutes', { n: minutes })
}

function cronWords(expression: string): string {
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true, locale: language() })
  } catch {
    // cronstrue throws strings for what it has no words for; whether the expression is valid is the app's to say.
    return t('plans.saidCron', { expression })
  }
}

/** Monday first, as a week is read. */
function listOfDays(days: readonly number[]): string {
  const names = [...new Set(days)].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7)).map((day) => dayName(day, 'long'))
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names)
}

function dayName(day: number, form: 'long' | 'short'): string {
  // 4 January 1970 was a Sunday.
  return new Intl.DateTimeFormat(locale(), { weekday: form, timeZone: 'UTC' }).format(Date.UTC(1970, 0, 4 + day))
}
