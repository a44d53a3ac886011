import { errorCodes } from '../../src-shared/errors.ts'
import { common } from './en/common.ts'
import { couchbase } from './en/couchbase.ts'
import { count } from './en/count.ts'
import { jobs } from './en/jobs.ts'
import { overview } from './en/overview.ts'
import { plans } from './en/plans.ts'
import { repositories } from './en/repositories.ts'
import { said } from './en/said.ts'
import { search } from './en/search.ts'
import { shell } from './en/shell.ts'
import { snapshots } from './en/snapshots.ts'
import { time } from './en/time.ts'
import { trust } from './en/trust.ts'
import { ui } from './en/ui.ts'

/** All texts of the window in English; the other languages have the same names. */
export const english = {
  common,
  couchbase,
  count,
  errors: errorCodes,
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
