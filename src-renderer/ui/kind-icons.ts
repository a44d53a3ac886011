import {
  type Icon,
  IconCloud,
  IconDatabase,
  IconDeviceFloppy,
  IconFolder,
  IconHexagons,
  IconListCheck,
  IconServer,
  IconStack2,
} from '@tabler/icons-react'
import type { Repository } from '../../src-shared/model/repository.ts'
import type { SourceKind } from '../../src-shared/model/source.ts'

/** One icon a kind, the same on every screen. */
export const repositoryIcons: Record<Repository['kind'], Icon> = {
  datastore: IconDatabase,
  pbs: IconServer,
  casync: IconStack2,
  s3: IconCloud,
}

export const sourceIcons: Record<SourceKind, Icon> = {
  folders: IconFolder,
  image: IconDeviceFloppy,
  mysql: IconDatabase,
  couchbase: IconHexagons,
  'job-server': IconListCheck,
}
