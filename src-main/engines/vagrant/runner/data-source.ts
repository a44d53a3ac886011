import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, sep } from 'node:path'
import { clone } from '@bufbuild/protobuf'
import { type Job, type Job_Git, Job_GitSchema } from '../generated/server_pb.js'
import { failure } from '../wire/failure.ts'
import { runGit } from './run-git.ts'

export interface JobData {
  readonly folder: string
  /** Removes what was fetched. */
  dispose(): Promise<void>
}

export interface FetchOptions {
  /** For jobs whose data is here already. */
  readonly localFolder: string
  readonly signal: AbortSignal
}

/** The folder a job works in (section 17). Throws INTERNAL, FAILED_PRECONDITION or ABORTED, as the job fails then. */
export async function fetchData({ dataSource, dataSourceOverrides }: Job, options: FetchOptions): Promise<JobData> {
  const source = dataSource?.source
  switch (source?.case) {
    case 'local': {
      const [name] = Object.keys(dataSourceOverrides)
      if (name !== undefined) throw unknownOverride(name)
      return { folder: options.localFolder, dispose: async () => undefined }
    }
    case 'git':
      return await cloneGit(overrideGit(source.value, dataSourceOverrides), options.signal)
    default:
      throw failure('internal', 'data source not set for job')
  }
}

/** Names without regard to case; throws FAILED_PRECONDITION for others than url, ref and path. */
export function overrideGit(git: Job_Git, overrides: Readonly<Record<string, string>>): Job_Git {
  const result = clone(Job_GitSchema, git)
  for (const [name, value] of Object.entries(overrides)) {
    const field = name.toLowerCase()
    if (field !== 'url' && field !== 'ref' && field !== 'path') throw unknownOverride(name)
    result[field] = value
  }
  return result
}

async function cloneGit({ url, ref, path }: Job_Git, signal: AbortSignal): Promise<JobData> {
  checkWord('url', url)
  if (ref !== '') checkWord('ref', ref)
  checkPath(path)
  const temporary = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-job-')))
  const dispose = (): Promise<void> => rm(temporary, { recursive: true, force: true })
  try {
    const work = join(temporary, 'work')
    await runGit(['clone', '--quiet', '--', url, work], { folder: temporary, secret: url, signal })
    if (ref !== '') await runGit(['checkout', '--quiet', '--detach', ref, '--'], { folder: work, secret: url, signal })
    return { folder: await containedFolder(work, path), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** What would be read as an option, or is not there. */
function checkWord(name: string, value: string): void {
  if (value === '' || value.startsWith('-') || value.includes('\0')) {
    throw failure('failed-precondition', `git ${name} is not usable: ${JSON.stringify(value)}`)
  }
}

function checkPath(path: string): void {
  const parts = path.split(/[/\\]/)
  if (isAbsolute(path) || /^[A-Za-z]:|^[/\\]/.test(path) || parts.includes('..') || path.includes('\0')) {
    throw failure('failed-precondition', 'git path must be relative and must not contain ..')
  }
}

/** Follows links and looks again: a repository may hold a link that leads out. */
async function containedFolder(root: string, path: string): Promise<string> {
  let folder: string
  try {
    folder = await realpath(join(root, path))
  } catch (cause) {
    throw failure('failed-precondition', `git path ${path} is not in the repository`, cause)
  }
  const inside = relative(root, folder)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw failure('failed-precondition', `git path ${path} leads out of the repository`)
  }
  return folder
}

function unknownOverride(name: string) {
  return failure('failed-precondition', `the data source has no setting ${name}`)
}
