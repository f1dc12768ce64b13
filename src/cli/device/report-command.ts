import { resolve } from 'node:path';
import type { CliContext, ExitCode } from '../commands.ts';
import { cleanText, countOf, renderTable } from '../table.ts';
import { readDeviceCredential } from './device-credential.ts';
import type { DevicePorts } from './device-ports.ts';
import { installHint } from './install-hint.ts';
import type { OwnFacts } from './own-facts.ts';
import { readDeviceFacts } from './read-device-facts.ts';
import { sendReport } from './send-report.ts';

export interface ReportOptions {
  readonly url?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly ca?: string | undefined;
  readonly dryRun?: true | undefined;
  /** In milliseconds. */
  readonly every?: number | undefined;
  readonly installHint?: true | undefined;
  readonly format: 'text' | 'json';
}

export interface ReportPorts {
  readonly device: DevicePorts;
  readonly now: () => number;
  /** Resolves after a time; `stopped` when somebody ends the program first. */
  readonly pause: (ms: number) => Promise<'over' | 'stopped'>;
  /** What runs this program again: the interpreter and its script. */
  readonly self: readonly string[];
}

const defaultHintMs = 15 * 60_000;

/** `device report`: what this device says of itself, signed and sent; or only shown, or as a timer for the system. */
export async function reportDevice(options: ReportOptions, ports: ReportPorts, context: CliContext): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  if (options.dryRun === true) {
    const facts = await readDeviceFacts(ports.device);
    if (facts === undefined) return noReader(ports, context);
    stdout(options.format === 'json' ? `${JSON.stringify(facts, null, 2)}\n` : tableOf(facts));
    return 0;
  }
  const { url, cert, key, ca } = options;
  if (url === undefined || cert === undefined || key === undefined) {
    stderr('Name the sign-in host with --url, and the certificate and key of this device with --cert and --key.\n');
    return 2;
  }
  const origin = originOf(url);
  if (origin === undefined) {
    stderr(
      `"${cleanText(url)}" is not the origin of a sign-in host: write https://HOST, with a port where it has one.\n`,
    );
    return 2;
  }
  if (options.installHint === true) {
    const seconds = Math.round((options.every ?? defaultHintMs) / 1000);
    const files = ['--cert', resolve(cert), '--key', resolve(key), ...(ca === undefined ? [] : ['--ca', resolve(ca)])];
    const hint = installHint(ports.device.platform, seconds, [
      ...ports.self,
      'device',
      'report',
      '--url',
      origin.origin,
      ...files,
    ]);
    if (hint === undefined) return noReader(ports, context);
    stdout(hint);
    return 0;
  }
  for (;;) {
    const code = await reportOnce(origin, { cert, key, ca }, options.format, ports, context);
    if (options.every === undefined) return code;
    if ((await ports.pause(options.every)) === 'stopped') return 0;
  }
}

/** Reads the files each time: certificates are renewed while a loop runs. */
async function reportOnce(
  origin: URL,
  files: Parameters<typeof readDeviceCredential>[0],
  format: ReportOptions['format'],
  ports: ReportPorts,
  context: CliContext,
): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const credential = await readDeviceCredential(files);
  if (typeof credential === 'string') {
    stderr(`${credential}\n`);
    return 3;
  }
  const facts = await readDeviceFacts(ports.device);
  if (facts === undefined) return noReader(ports, context);
  const sent = await sendReport(origin, facts, credential, ports.now);
  if (sent.outcome !== 'accepted') {
    stderr(`${sent.why}\n`);
    return sent.outcome === 'refused' ? 1 : 3;
  }
  stdout(
    format === 'json'
      ? `${JSON.stringify({ device: sent.device, facts }, null, 2)}\n`
      : `Reported ${countOf(sent.facts, 'fact')} of ${cleanText(sent.device)} to ${origin.host}.\n`,
  );
  return 0;
}

function originOf(url: string): URL | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isOrigin =
    parsed?.pathname === '/' &&
    parsed.search === '' &&
    parsed.hash === '' &&
    parsed.username === '' &&
    parsed.password === '';
  return parsed?.protocol === 'https:' && isOrigin ? parsed : undefined;
}

function noReader({ device }: ReportPorts, { output }: CliContext): ExitCode {
  output.stderr(`Facts are read on Linux and macOS; this is ${cleanText(device.platform)}.\n`);
  return 3;
}

/** Everything that a posture may want to know, so that what could not be read shows. */
const usual = ['platform', 'os_name', 'os_version', 'disk_encrypted', 'firewall', 'screen_lock'];

function tableOf(facts: OwnFacts): string {
  const names = [
    ...usual.filter((name) => name !== 'os_name' || name in facts),
    ...Object.keys(facts).filter((name) => !usual.includes(name)),
  ];
  return renderTable([
    ['FACT', 'VALUE'],
    ...names.map((name) => [name, Object.hasOwn(facts, name) ? String(facts[name]) : '(cannot be read, left out)']),
  ]);
}
