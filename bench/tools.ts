import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from './measure.ts'

/** One backup program: what to run for each column. `prepare` is not measured. */
export interface Tool {
  readonly name: string
  readonly prepare?: Command
  readonly first: Command
  readonly second?: Command
  readonly restore: Command
}

/** Every program of this machine, each with folders of its own below `work`. */
export function availableTools(tree: string, work: string): readonly Tool[] {
  const make = (...names: string[]) =>
    names.map((name) => {
      const path = join(work, name)
      mkdirSync(path, { recursive: true })
      return path
    }) as [string, string]
  const tools: Tool[] = []

  const [holdfastData, holdfastTarget] = make('holdfast', 'holdfast-out')
  const holdfast = (...args: string[]): Command => ({
    argv: [process.execPath, 'src-main/hosts/cli/main.ts', '--json', '--data', holdfastData, ...args],
  })
  tools.push({
    name: 'holdfast',
    prepare: holdfast('init', join(work, 'holdfast-repository')),
    first: holdfast('backup', tree),
    second: holdfast('backup', tree),
    restore: holdfast('restore', 'latest', '--target', holdfastTarget),
  })

  if (has('restic')) {
    const [repository, target] = make('restic', 'restic-out')
    const restic = (...args: string[]): Command => ({
      argv: ['restic', '-q', '-r', repository, '--no-cache', ...args],
      environment: { RESTIC_PASSWORD: 'bench' },
    })
    tools.push({
      name: 'restic',
      prepare: restic('init'),
      first: restic('backup', tree),
      second: restic('backup', tree),
      restore: restic('restore', 'latest', '--target', target),
    })
  }
  if (has('borg')) {
    const [repository, target] = make('borg', 'borg-out')
    const environment = {
      BORG_BASE_DIR: join(work, 'borg-home'),
      BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
      BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
    }
    const borg = (...args: string[]): Command => ({ argv: ['borg', ...args], cwd: target, environment })
    tools.push({
      name: 'borg',
      prepare: borg('init', '-e', 'none', repository),
      first: borg('create', `${repository}::first`, tree),
      second: borg('create', `${repository}::second`, tree),
      restore: borg('extract', `${repository}::first`),
    })
  }
  if (has('casync')) {
    const [store, target] = make('casync', 'casync-out')
    const casync = (...args: string[]): Command => ({ argv: ['casync', ...args] })
    tools.push({
      name: 'casync',
      first: casync('make', `--store=${store}/s.castr`, `${store}/first.caidx`, tree),
      second: casync('make', `--store=${store}/s.castr`, `${store}/second.caidx`, tree),
      restore: casync('extract', `--store=${store}/s.castr`, `${store}/first.caidx`, join(target, 'tree')),
    })
  }
  if (has('zstd')) {
    const [folder, target] = make('tar', 'tar-out')
    const shell = (script: string): Command => ({
      argv: ['sh', '-c', script, 'sh', tree, join(folder, 'tree.tar.zst'), target],
    })
    tools.push({
      name: 'tar | zstd -3 -T2',
      first: shell('tar -C "$1" -cf - . | zstd -q -3 -T2 -f -o "$2"'),
      restore: shell('zstd -dcq "$2" | tar -x -C "$3"'),
    })
  }
  return tools
}

/** Whether this machine has it. */
export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}
