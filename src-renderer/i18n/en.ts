import { errorCodes } from '../../src-shared/errors.ts'
import { common } from './en/common.ts'
import { compare } from './en/compare.ts'
import { couchbase } from './en/couchbase.ts'
import { count } from './en/count.ts'
import { databases } from './en/databases.ts'
import { fleet } from './en/fleet.ts'
import { guided } from './en/guided.ts'
import { history } from './en/history.ts'
import { jobs } from './en/jobs.ts'
import { keys } from './en/keys.ts'
import { overview } from './en/overview.ts'
import { plans } from './en/plans.ts'
import { repair } from './en/repair.ts'
import { repositories } from './en/repositories.ts'
import { restore } from './en/restore.ts'
import { runners } from './en/runners.ts'
import { said } from './en/said.ts'
import { search } from './en/search.ts'
import { services } from './en/services.ts'
import { settings } from './en/settings.ts'
import { shell } from './en/shell.ts'
import { snapshots } from './en/snapshots.ts'
import { space } from './en/space.ts'
import { time } from './en/time.ts'
import { trust } from './en/trust.ts'
import { ui } from './en/ui.ts'

/** All texts of the window in English; the other languages have the same names. */
export const english = {
  common,
  compare,
  couchbase,
  count,
  databases,
  errors: errorCodes,
  fleet,
  guided,
  history,
  jobs,
  keys,
  overview,
  plans,
  repair,
  repositories,
  restore,
  runners,
  said,
  search,
  services,
  settings,
  shell,
  snapshots,
  space,
  time,
  trust,
  ui,
} as const
