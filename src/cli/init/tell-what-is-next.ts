import type { Snapshot } from '../../config/snapshot.ts';
import type { CliContext } from '../commands.ts';
import type { Topic } from '../doctor/finding.ts';
import { type Answers, authHostOf, originOf } from './answers.ts';
import { developmentCertificateDays } from './development-certificate.ts';
import { places } from './places.ts';
import { hostsOf } from './plan-files.ts';
import { providerPresets } from './provider-presets.ts';

/** Says what lies where. */
export function tellWhatWasWritten(folder: string, { certificate }: Answers, { output }: CliContext): void {
  const lines: (readonly [string, string])[] = [
    [places.configuration, 'the configuration, with its first tests'],
    [places.schema, 'what your editor completes it with'],
    [`${places.secrets}/`, 'for you alone to read; what runs Postern must be you'],
    ...(certificate === undefined
      ? [[`${places.certificates}/`, `a certificate for ${developmentCertificateDays} days of trying out`] as const]
      : []),
    [`${places.data}/`, 'empty: sessions and the audit trail'],
    ['.gitignore', 'keeps secrets, keys and data out of git'],
  ];
  output.stdout(`Wrote in ${folder}:\n`);
  for (const [name, what] of lines) output.stdout(`  ${name.padEnd(20)} ${what}\n`);
  output.stdout('\n');
}

/** What a fresh configuration is looked at for: what lies in the folder itself was just made. */
const topics: readonly Topic[] = ['identity', 'clock', 'dns', 'listeners', 'upstreams'];
const topicTimeoutMs = 8_000;

/** Says what remains to be done, as far as it can be known from here, and how to start. Without a configuration nothing is looked at. */
export async function tellWhatIsNext(
  file: string,
  answers: Answers,
  configuration: Snapshot | undefined,
  context: CliContext,
): Promise<void> {
  const { output, ports } = context;
  const { provider, allowed, publicPort, listenPort, domain } = answers;
  const preset = providerPresets[provider];
  const authOrigin = originOf(authHostOf(answers), answers);
  output.stdout(`\nRegister at ${preset.title}, ${preset.register}:\n  ${authOrigin}/.postern/callback\n`);
  output.stdout(`and where people come back to after they sign out:\n  ${authOrigin}/.postern/signed-out\n`);

  const remaining: string[] = [];
  if (allowed.groups.length > 0 && preset.groups !== undefined) remaining.push(preset.groups);
  if (answers.certificate === undefined)
    remaining.push(
      `Browsers warn of the certificate until they trust ${places.authority}, or until yours lies in ${places.certificate} and ${places.key}; it must cover ${hostsOf(answers).join(', ')}.`,
    );
  if (publicPort !== listenPort)
    remaining.push(`Send port ${publicPort} of ${authHostOf(answers)} and the app's host on to ${listenPort}.`);
  if (configuration !== undefined) remaining.push(...(await lookAround(configuration, domain, ports.now)));
  if (remaining.length > 0) output.stdout('\nStill to be done:\n');
  for (const sentence of remaining) output.stdout(`  - ${sentence}\n`);
  // Who came by npm has no command of this name.
  const run = ports.env['npm_lifecycle_event'] === 'init' ? 'npm start -- -c' : 'postern run -c';
  output.stdout(`\nStart it:\n  ${run} ${file}\nThen open ${authOrigin}/\n`);
}

async function lookAround(configuration: Snapshot, domain: string, now: () => number): Promise<readonly string[]> {
  // Only who looks loads what connects.
  const { examine, processPorts } = await import('../doctor/examine.ts');
  const looked = domain === 'localhost' ? topics.filter((topic) => topic !== 'dns') : topics;
  const reports = await examine(looked, configuration, processPorts(now), topicTimeoutMs);
  return reports
    .flatMap(({ findings }) => findings)
    .flatMap((finding) => (finding.result === 'fail' ? [`${finding.text}: ${finding.hint}.  [${finding.code}]`] : []));
}
