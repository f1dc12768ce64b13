import { Argument, type Command } from 'commander';
import type { CliContext } from './commands.ts';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** Adds `postern completion`. The script is made from the commands that there are, so it is never out of date. */
export function registerCompletion(command: Command, program: Command, { output }: CliContext): void {
  command
    .addArgument(new Argument('<shell>', 'the shell to complete in').choices(shells))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(postern completion bash)\n  postern completion zsh > ~/.zfunc/_postern\n  postern completion fish > ~/.config/fish/completions/postern.fish',
    )
    .action((shell: Shell) => output.stdout(scripts[shell](wordsOf(program, []))));
}

/** What may follow a command. */
interface Words {
  /** The command and its parents, without the program: `audit verify`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly { readonly flag: string; readonly summary: string }[];
}

function wordsOf(command: Command, path: readonly string[]): readonly Words[] {
  const here: Words = {
    path: path.join(' '),
    commands: command.commands.map((child) => ({ name: child.name(), summary: child.summary() })),
    options: [
      ...command.options.map(({ long, short, description }) => ({ flag: long ?? short ?? '', summary: description })),
      { flag: '--help', summary: 'explain the command' },
    ],
  };
  const below = command.commands.flatMap((child) =>
    [child.name(), ...child.aliases()].flatMap((name) => wordsOf(child, [...path, name])),
  );
  return [here, ...below];
}

const scripts: Readonly<Record<Shell, (words: readonly Words[]) => string>> = {
  bash: (words) => `# Completion of postern for bash: source <(postern completion bash)
_postern() {
  local current="\${COMP_WORDS[COMP_CWORD]}" way="" next="" index
  for ((index = 1; index < COMP_CWORD; index += 1)); do
    next="\${way:+$way }\${COMP_WORDS[index]}"
    case "$next" in
      ${words.flatMap(({ path }) => (path === '' ? [] : [quote(path)])).join('|')}) way="$next" ;;
    esac
  done
  local choices=""
  case "$way" in
${words.map((one) => `    ${quote(one.path)}) choices=${quote(choicesOf(one).join(' '))} ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$choices" -- "$current"))
  [[ "$current" == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _postern postern
`,
  zsh: (words) => `#compdef postern
# Completion of postern for zsh.
_postern() {
  local way="" next="" index
  for ((index = 2; index < CURRENT; index += 1)); do
    next="\${way:+$way }\${words[index]}"
    case "$next" in
      ${words.flatMap(({ path }) => (path === '' ? [] : [quote(path)])).join('|')}) way="$next" ;;
    esac
  done
  local -a choices
  case "$way" in
${words
  .map(
    (one) =>
      `    ${quote(one.path)}) choices=(${[...one.commands.map(({ name, summary }) => [name, summary]), ...one.options.map(({ flag, summary }) => [flag, summary])].map(([word = '', summary = '']) => quote(`${word}:${summary.replaceAll(':', '\\:')}`)).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  _describe 'postern' choices
  _files
}
_postern "$@"
`,
  fish: (words) => `# Completion of postern for fish.
${words.flatMap(fishLines).join('\n')}
`,
};

function choicesOf({ commands, options }: Words): readonly string[] {
  return [...commands.map(({ name }) => name), ...options.map(({ flag }) => flag)];
}

function fishLines({ path, commands, options }: Words): readonly string[] {
  const seen = path.split(' ').filter((part) => part !== '');
  const isHere = [
    ...seen.map((part) => `__fish_seen_subcommand_from ${part}`),
    ...(commands.length > 0 ? [`not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}`] : []),
  ].join('; and ');
  const condition = isHere === '' ? '' : ` -n ${quote(isHere)}`;
  return [
    ...commands.map(({ name, summary }) => `complete -c postern${condition} -a ${name} -d ${quote(summary)}`),
    ...options.map(
      ({ flag, summary }) => `complete -c postern${condition} -l ${flag.replace(/^-+/, '')} -d ${quote(summary)}`,
    ),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
