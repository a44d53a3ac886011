import {
  type Icon,
  IconCloud,
  IconDatabase,
  IconDeviceFloppy,
  IconFolder,
  IconServer,
  IconStack2,
} from '@tabler/icons-react'
import type { JobKind } from '../../src-shared/model/job.ts'
import type { Repository } from '../../src-shared/model/repository.ts'
import type { SourceKind } from '../../src-shared/model/source.ts'

/** One icon a kind, the same on every screen. */
export const repositoryIcons: Record<Repository['kind'], Icon> = {
  datastore: IconDatabase,
  pbs: IconServer,
  casync: IconStack2,
  s3: IconCloud,
}

export const repositoryWords: Record<Repository['kind'], string> = {
  datastore: 'Local datastore',
  pbs: 'Proxmox Backup',
  casync: 'casync store',
  s3: 'S3',
}

export const sourceIcons: Record<SourceKind, Icon> = {
  folders: IconFolder,
  image: IconDeviceFloppy,
  mysql: IconDatabase,
}

export const jobWords: Record<JobKind, string> = {
  backup: 'Backup',
  restore: 'Restore',
  'undo-restore': 'Undo of a restore',
  verify: 'Verify',
  prune: 'Prune',
  forget: 'Forget',
  'collect-garbage': 'Garbage collection',
  index: 'Reading of a repository',
}
