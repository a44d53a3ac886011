import type { Command } from 'commander'
import { HoldfastError } from '../../../../src-shared/errors.ts'

/** Prints a script that completes command names and options; paths are completed by the shell itself. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a completion script')
    .argument('<shell>', 'bash, zsh or fish')
    .action((shell: string) => {
      const words = describeCommands(program)
      if (shell === 'bash') process.stdout.write(bash(words))
      else if (shell === 'zsh') process.stdout.write(`autoload -U +X bashcompinit && bashcompinit\n${bash(words)}`)
      else if (shell === 'fish') process.stdout.write(fish(words))
      else throw new HoldfastError('input/invalid', { detail: shell, hint: 'The shells are bash, zsh and fish.' })
    })
}

interface Words {
  readonly command: string
  readonly subcommands: readonly string[]
  readonly options: readonly string[]
}

function describeCommands(program: Command): readonly Words[] {
  return program.commands.map((command) => ({
    command: command.name(),
    subcommands: command.commands.map((sub) => sub.name()),
    options: [...command.options, ...command.commands.flatMap((sub) => sub.options)].flatMap(
      (option) => option.long ?? [],
    ),
  }))
}

function bash(words: readonly Words[]): string {
  const cases = words.map(
    ({ command, subcommands, options }) =>
      `    ${command}) words="${[...subcommands, ...new Set(options)].join(' ')}" ;;`,
  )
  return [
    '_holdfast() {',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: these braces belong to the shell
    '  local current="${COMP_WORDS[COMP_CWORD]}" words=""',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: these braces belong to the shell
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    `  [ "$COMP_CWORD" -eq 1 ] && words="${words.map(({ command }) => command).join(' ')}"`,
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -F _holdfast holdfast',
    '',
  ].join('\n')
}

function fish(words: readonly Words[]): string {
  const lines = words.flatMap(({ command, subcommands, options }) => [
    `complete -c holdfast -n __fish_use_subcommand -a ${command}`,
    ...subcommands.map((sub) => `complete -c holdfast -n "__fish_seen_subcommand_from ${command}" -a ${sub}`),
    ...[...new Set(options)].map(
      (option) => `complete -c holdfast -n "__fish_seen_subcommand_from ${command}" -l ${option.slice(2)}`,
    ),
  ])
  return `${lines.join('\n')}\n`
}
