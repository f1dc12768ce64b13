import { Argument, type Command, Option } from 'commander';
import type { CliContext, ExitCode } from '../commands.ts';
import { paintHeads } from '../paint.ts';
import { type Finding, type Topic, type TopicReport, topics } from './finding.ts';

/** Adds `postern doctor`. */
export function registerDoctor(command: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  command
    .addArgument(new Argument('[topic]', 'one thing to look at; all of them where none is named').choices(topics))
    .option('-c, --config <file>', 'the configuration', 'postern.yaml')
    .addOption(new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'))
    .addHelpText(
      'after',
      '\nAsks only what the configuration names: its providers, hosts, upstreams, files and addresses.\n\nExit codes: 0 all is well, 1 something is wrong, 3 the configuration cannot be read.',
    )
    .action(async (topic: Topic | undefined, { config, format }: { config: string; format: 'text' | 'json' }) => {
      const { loadConfiguration } = await import('../../config/load-configuration.ts');
      const loaded = await loadConfiguration(config, context.ports);
      if (loaded.outcome === 'refused') {
        const { output } = context;
        const { renderProblems, renderVerdict } = await import('../../config/render-problems.ts');
        output.stderr(
          `${renderProblems(loaded.problems, { color: output.stderrColor === true })}\n${renderVerdict(loaded.problems)}\n`,
        );
        exit(loaded.isUnreadable ? 3 : 1);
        return;
      }
      // Only who looks loads what connects: the other commands start in a fraction of the time.
      const { examine, processPorts } = await import('./examine.ts');
      const ports = processPorts(context.ports.now);
      const reports = await examine(topic === undefined ? topics : [topic], loaded.snapshot, ports);
      exit(print(reports, format, context));
    });
}

function print(reports: readonly TopicReport[], format: 'text' | 'json', { output }: CliContext): ExitCode {
  const problems = reports.flatMap(({ findings }) => findings).filter(({ result }) => result === 'fail').length;
  if (format === 'json') {
    output.stdout(`${JSON.stringify({ healthy: problems === 0, problems, topics: reports }, null, 2)}\n`);
    return problems === 0 ? 0 : 1;
  }
  const width = Math.max(...reports.map(({ topic }) => topic.length));
  for (const { topic, findings } of reports) {
    const [only] = findings;
    if (findings.length === 1 && only?.result === 'ok') {
      output.stdout(`${topic.padEnd(width)}  ${paintHeads('ok', output.color)}    ${only.text}\n`);
      continue;
    }
    output.stdout(`${topic}\n`);
    for (const finding of findings) output.stdout(paintHeads(lineOf(finding), output.color));
  }
  if (problems > 0) output.stderr(`${problems} ${problems === 1 ? 'problem' : 'problems'}. Exit 1.\n`);
  return problems === 0 ? 0 : 1;
}

function lineOf(finding: Finding): string {
  switch (finding.result) {
    case 'ok':
      return `  ok    ${finding.text}\n`;
    case 'unknown':
      return `  ?     ${finding.text}\n`;
    case 'fail':
      return `  FAIL  ${finding.text}\n        hint: ${finding.hint}    ${finding.code}\n`;
  }
}
