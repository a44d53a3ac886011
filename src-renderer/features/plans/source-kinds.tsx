import type { ReactNode } from 'react'
import { displayPath } from '../../../src-shared/model/path-text.ts'
import type { PlanSource } from '../../../src-shared/model/source.ts'
import { t, type WordKey } from '../../i18n/translate.ts'
import { joinNames } from '../../ui/words.ts'
import { CouchbaseFields } from './CouchbaseFields.tsx'
import { DiskFields } from './DiskFields.tsx'
import { JobServerFields, noServer } from './JobServerFields.tsx'
import { MysqlFields } from './MysqlFields.tsx'
import { mysqlProblem, mysqlWords } from './mysql-words.ts'
import type { StepProps } from './StepFrame.tsx'

type FieldsProps = Pick<StepProps, 'change' | 'secrets' | 'changeSecrets'>

interface SourceForm<Source extends PlanSource> {
  readonly label: WordKey
  /** Heading of a new plan. */
  readonly heading: WordKey
  /** What a new plan of this kind begins with. */
  start(): Source
  /** The source in two lines; `undefined` while it is empty. */
  words(source: Source): { readonly title: string; readonly text: string } | undefined
  /** What is still missing, calmly; finer rules are the schema's. */
  problem(source: Source): string | undefined
  fields(source: Source, props: FieldsProps): ReactNode
}

type FormKind = 'image' | 'mysql' | 'couchbase' | 'job-server'

/** What plans protect besides folders: one entry a kind. */
export const sourceForms: { readonly [Kind in FormKind]: SourceForm<Extract<PlanSource, { kind: Kind }>> } = {
  image: {
    label: 'plans.kindImage',
    heading: 'plans.protectDisk',
    start: () => ({ kind: 'image', paths: [] }),
    words: ({ paths }) =>
      paths.length === 0
        ? undefined
        : { title: t('plans.disksCounted', { count: paths.length }), text: joinNames(paths.map(displayPath)) },
    problem: ({ paths }) =>
      paths.length === 0
        ? t('plans.needDisk')
        : paths.every((path) => path.startsWith('/'))
          ? undefined
          : t('plans.disksAbsolute'),
    fields: (source, props) => <DiskFields source={source} change={props.change} />,
  },
  mysql: {
    label: 'databases.kindMysql',
    heading: 'plans.protectMysql',
    start: () => ({
      kind: 'mysql',
      connection: { via: 'local', user: '' },
      databases: [],
      incremental: { kind: 'weekly', weekday: 0 },
    }),
    words: mysqlWords,
    problem: mysqlProblem,
    fields: (source, props) => <MysqlFields source={source} {...props} />,
  },
  couchbase: {
    label: 'plans.kindCouchbase',
    heading: 'plans.protectCouchbase',
    start: () => ({
      kind: 'couchbase',
      hosts: [],
      bucket: '',
      allowInsecure: false,
      parallelVbuckets: 4,
      leftovers: 'release',
      patienceSeconds: 120,
    }),
    words: ({ bucket, hosts }) =>
      bucket === '' || hosts.length === 0
        ? undefined
        : {
            title: t('couchbase.summaryTitle', { bucket }),
            text: t('couchbase.summaryFrom', { nodes: joinNames([...hosts]) }),
          },
    problem({ hosts, bucket, user, tls }) {
      if (hosts.length === 0) return t('couchbase.needNodes')
      if (bucket === '') return t('couchbase.needBucket')
      return user === undefined && tls?.certificatePath === undefined ? t('couchbase.needLogin') : undefined
    },
    fields: (source, props) => <CouchbaseFields source={source} {...props} />,
  },
  'job-server': {
    label: 'services.jobServer',
    heading: 'plans.protectJobServer',
    start: () => noServer,
    words: ({ address }) => (address === '' ? undefined : { title: t('services.jobServer'), text: address }),
    problem: ({ address }) => (address === '' ? t('fleet.needServer') : undefined),
    fields: (source, { change }) => <JobServerFields source={source} change={change} />,
  },
}

/** The form of a source that has one: folders have their own screen. */
export function sourceForm(source: PlanSource) {
  if (source.kind === 'image') return filled(sourceForms.image, source)
  if (source.kind === 'job-server') return filled(sourceForms['job-server'], source)
  if (source.kind === 'mysql') return filled(sourceForms.mysql, source)
  return source.kind === 'couchbase' ? filled(sourceForms.couchbase, source) : undefined
}

function filled<Source extends PlanSource>(form: SourceForm<Source>, source: Source) {
  return {
    heading: form.heading,
    words: form.words(source),
    problem: form.problem(source),
    fields: (props: FieldsProps) => form.fields(source, props),
  }
}
