import { common } from './de/common.ts'
import { couchbase } from './de/couchbase.ts'
import { count } from './de/count.ts'
import { errors } from './de/errors.ts'
import { jobs } from './de/jobs.ts'
import { overview } from './de/overview.ts'
import { plans } from './de/plans.ts'
import { repositories } from './de/repositories.ts'
import { said } from './de/said.ts'
import { search } from './de/search.ts'
import { shell } from './de/shell.ts'
import { snapshots } from './de/snapshots.ts'
import { time } from './de/time.ts'
import { trust } from './de/trust.ts'
import { ui } from './de/ui.ts'

/** All texts of the window in German. */
export const german = {
  common,
  couchbase,
  count,
  errors,
  jobs,
  overview,
  plans,
  repositories,
  said,
  search,
  shell,
  snapshots,
  time,
  trust,
  ui,
} as const
