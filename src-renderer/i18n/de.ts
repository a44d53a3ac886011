import { common } from './de/common.ts'
import { compare } from './de/compare.ts'
import { couchbase } from './de/couchbase.ts'
import { count } from './de/count.ts'
import { databases } from './de/databases.ts'
import { errors } from './de/errors.ts'
import { fleet } from './de/fleet.ts'
import { guided } from './de/guided.ts'
import { history } from './de/history.ts'
import { jobs } from './de/jobs.ts'
import { keys } from './de/keys.ts'
import { overview } from './de/overview.ts'
import { plans } from './de/plans.ts'
import { repair } from './de/repair.ts'
import { repositories } from './de/repositories.ts'
import { restore } from './de/restore.ts'
import { runners } from './de/runners.ts'
import { said } from './de/said.ts'
import { search } from './de/search.ts'
import { services } from './de/services.ts'
import { settings } from './de/settings.ts'
import { shell } from './de/shell.ts'
import { snapshots } from './de/snapshots.ts'
import { space } from './de/space.ts'
import { time } from './de/time.ts'
import { trust } from './de/trust.ts'
import { ui } from './de/ui.ts'

/** All texts of the window in German. */
export const german = {
  common,
  compare,
  couchbase,
  count,
  databases,
  errors,
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
