import type { ComponentType } from 'react'
import type { PlanSource, SourceKind } from '../../../src-shared/model/source.ts'
import type { WordKey } from '../../i18n/translate.ts'
import { WhatCouchbase } from './WhatCouchbase.tsx'
import { WhatFolders } from './WhatFolders.tsx'
import { WhatMysql } from './WhatMysql.tsx'
import type { WhatProps } from './what-props.ts'

export interface KindOfSource<Kind extends SourceKind> {
  readonly label: WordKey
  /** What a plan begins with that is of this kind. */
  fresh(): Extract<PlanSource, { kind: Kind }>
  readonly What: ComponentType<WhatProps<Extract<PlanSource, { kind: Kind }>>>
}

/** One entry a kind that the window can make plans of, in the order in which they are offered. */
export const sourceKinds: { readonly [Kind in SourceKind]?: KindOfSource<Kind> } = {
  folders: {
    label: 'plans.kindFolders',
    fresh: () => ({ kind: 'folders', paths: [], excludes: [], presets: [], oneFileSystem: true }),
    What: WhatFolders,
  },
  mysql: {
    label: 'databases.kindMysql',
    fresh: () => ({
      kind: 'mysql',
      connection: { via: 'local', user: '' },
      databases: [],
      incremental: { kind: 'weekly', weekday: 0 },
    }),
    What: WhatMysql,
  },
  couchbase: {
    label: 'plans.kindCouchbase',
    fresh: () => ({
      kind: 'couchbase',
      hosts: [],
      bucket: '',
      allowInsecure: false,
      parallelVbuckets: 4,
      leftovers: 'release',
      patienceSeconds: 120,
    }),
    What: WhatCouchbase,
  },
}

export function offeredKinds() {
  return Object.entries(sourceKinds)
}
