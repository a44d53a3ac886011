import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { type Job, job as jobModel } from '../../../../src-shared/model/job.ts'
import { makeQuickFolder } from '../../../app/testing/quick-folder.ts'

const mainFile = fileURLToPath(new URL('../main.ts', import.meta.url))
const countReads = new URL('./count-reads.ts', import.meta.url).href

/** What a command left behind when it ended. */
export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** Bytes that all threads of the process read, files and pipes alike, from start to end. Linux only. */
  readonly readBytes: number
}

/** A command under way. */
export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<Ran>
  /** Resolves with what was printed so far when standard output holds this text. */
  printed(text: string): Promise<string>
}

export interface Circumstances {
  /** More of it. */
  readonly environment?: NodeJS.ProcessEnv
  /** A program that starts ours, with its words. */
  readonly prefix?: readonly string[]
}

/** `holdfast` as a person on one computer types it: the real program, in a process of its own, with a data folder of its own. */
export class CommandLine {
  readonly dataDirectory: string

  constructor(dataDirectory: string) {
    this.dataDirectory = dataDirectory
  }

  /** Runs it to its end, however that is. */
  run(...words: string[]): Promise<Ran> {
    return this.start(...words).ended
  }

  /** Runs it and requires exit code 0, printing what it said where it is not. */
  async good(...words: string[]): Promise<Ran> {
    const ran = await this.run(...words)
    if (ran.code !== 0) throw new Error(`holdfast ${words.join(' ')}: ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
    return ran
  }

  /** Runs it with `--json` and parses each line of its output, whatever the exit code. */
  async json(...words: string[]): Promise<{ readonly code: number | null; readonly documents: readonly unknown[] }> {
    const { code, stdout } = await this.run('--json', ...words)
    return { code, documents: documentsOf(stdout) }
  }

  /** Runs a command that ends with one job, and reads that job. */
  async job(...words: string[]): Promise<{ readonly job: Job; readonly code: number | null; readonly ran: Ran }> {
    const ran = await this.run('--json', ...words)
    const last = documentsOf(ran.stdout).at(-1)
    const parsed = jobModel.safeParse(last)
    if (!parsed.success) throw new Error(`no job: ${ran.code}\n${ran.stdout}\n${ran.stderr}`)
    return { job: parsed.data, code: ran.code, ran }
  }

  start(...words: string[]): Running {
    return this.startWith({}, ...words)
  }

  startWith({ environment = {}, prefix = [] }: Circumstances, ...words: string[]): Running {
    const [program = '', ...rest] = [...prefix, process.execPath, '--import', countReads, mainFile, ...words]
    const child = spawn(program, rest, {
      env: { ...process.env, HOLDFAST_DATA: this.dataDirectory, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const texts = ['', '', '']
    const follow = (stream: NodeJS.ReadableStream, at: number) =>
      stream.setEncoding('utf8').on('data', (text: string) => {
        texts[at] += text
      })
    // stdio above opens these three
    const [, stdout, stderr, reads] = child.stdio as unknown as [null, ...NodeJS.ReadableStream[]]
    if (stdout === undefined || stderr === undefined || reads === undefined) throw new Error('no pipes')
    follow(stdout, 0)
    follow(stderr, 1)
    follow(reads, 2)
    const ended = new Promise<Ran>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => {
        const [out = '', err = '', bytes = ''] = texts
        resolve({ code, signal, stdout: out, stderr: err, readBytes: Number(/rchar: (\d+)/.exec(bytes)?.[1] ?? 0) })
      })
    })
    return {
      process: child,
      ended,
      printed: (text) =>
        new Promise((resolve, reject) => {
          const look = () => texts[0]?.includes(text) && resolve(texts[0])
          stdout.on('data', look)
          child.once('close', () => reject(new Error(`it never printed ${text}:\n${texts.join('\n')}`)))
          look()
        }),
    }
  }
}

export function documentsOf(stdout: string): unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

/** The summary of a job that went well. */
export function summaryOf({ status }: Job) {
  if (status.state !== 'success') throw new Error(JSON.stringify(status))
  return status.summary
}

/** The error of one that did not. */
export function errorOf({ status }: Job) {
  if (status.state !== 'error') throw new Error(JSON.stringify(status))
  return status.error
}

/** One for their repositories, where nothing else is tested of it than that it is one. */
export function repositoryFolder(): string {
  const folder = makeQuickFolder('holdfast-cli-')
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'repository')
}

/** A folder for the tests of a file, with everything that may be nested in it taken away at the end. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-cli-'))
  // Not rmSync: trees of the tests are deeper than a path may be long.
  afterAll(() => void execFileSync('rm', ['-rf', '--one-file-system', folder]))
  return folder
}
