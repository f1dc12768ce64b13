import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../config/values/duration.ts';
import type { MakeCommand } from '../add-access-commands.ts';
import type { CliContext } from '../commands.ts';
import { systemDevicePorts } from './device-ports.ts';
import { type DeviceOptions, listDevices, setDevice, showDevice } from './known-devices.ts';
import { type ReportOptions, type ReportPorts, reportDevice } from './report-command.ts';

/** `device report` on a device; `device list`, `show` and `set` by the admin API. */
export function addDeviceCommands(
  command: MakeCommand,
  program: Command,
  context: CliContext,
  exit: (code: number) => void,
): void {
  const device = command(program, 'device', 'report this device, or look at devices and set facts');
  const format = () => new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text');

  command(device, 'report', 'tell a sign-in host how this device is doing, signed with its key')
    .option('--url <origin>', 'the sign-in host: https://auth.corp.example')
    .option('--cert <file>', 'the certificate of this device, PEM')
    .option('--key <file>', 'its key, PEM without a passphrase')
    .option('--ca <file>', 'the authority of the server, where this machine does not trust it')
    .option('--dry-run', 'only print what would be reported')
    .option('--every <duration>', 'go on reporting: 1m to 1d', readEvery)
    .option('--install-hint', 'print a systemd timer or a launchd agent that reports (every 15m, or as --every says)')
    .addOption(format())
    .addHelpText(
      'after',
      '\nWhat cannot be read is left out, never guessed.\nExit codes: 0 reported, 1 the server refused, 2 wrong usage, 3 a file cannot be read or no server answers.\nExamples:\n  postern device report --dry-run\n  postern device report --url https://auth.corp.example --cert device.crt --key device.key --every 15m',
    )
    .action(async (options: ReportOptions) => exit(await reportDevice(options, systemReportPorts(), context)));

  const ask = (name: string, summary: string) =>
    command(device, name, summary)
      .option('-c, --config <file>', 'the configuration that the server runs with', 'postern.yaml')
      .option('--admin <url>', 'where its admin listener is, if not where the file says')
      .addOption(format());

  ask('list', 'list the devices of which anything is known, with who said something when')
    .addHelpText('after', '\nExit codes: 0 listed, 3 no server answers.')
    .action(async (options: DeviceOptions) => exit(await listDevices(options, context)));

  ask('show', 'show what each source says of a device, and how each posture judges it')
    .argument('<id>', 'the common name of its certificate')
    .addHelpText('after', '\nExit codes: 0 shown, 3 no server answers.\nExample:\n  postern device show ada-laptop')
    .action(async (id: string, options: DeviceOptions) => exit(await showDevice(id, options, context)));

  ask('set', 'set facts of a device with the source admin; they act on the next request')
    .argument('<id>', 'the common name of its certificate')
    .argument('<fact=value...>', 'true, false, numbers and text; nothing after = takes a fact back')
    .addHelpText(
      'after',
      '\nExit codes: 0 set, 2 no fact, 3 no server answers or it refused.\nExample:\n  postern device set ada-laptop disk_encrypted=false os_version=14.10',
    )
    .action(async (id: string, pairs: readonly string[], options: DeviceOptions) =>
      exit(await setDevice(id, pairs, options, context)),
    );
}

function readEvery(text: string): number {
  const parsed = parseDuration(text, 60_000, 86_400_000);
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`"${text}" ${parsed.says}${parsed.help === undefined ? '' : `: ${parsed.help}`}`);
}

function systemReportPorts(): ReportPorts {
  const [script = 'postern'] = process.argv.slice(1);
  return { device: systemDevicePorts(), now: Date.now, pause: pauseUntilSignal, self: [process.execPath, script] };
}

/** Waits about that long, a tenth more or less, so that a fleet does not report in step; a signal ends it. */
function pauseUntilSignal(ms: number): Promise<'over' | 'stopped'> {
  return new Promise((resolve) => {
    const end = (how: 'over' | 'stopped') => () => {
      clearTimeout(timer);
      process.off('SIGINT', stop).off('SIGTERM', stop);
      resolve(how);
    };
    const stop = end('stopped');
    const timer = setTimeout(end('over'), ms * (0.9 + Math.random() * 0.2));
    process.on('SIGINT', stop).on('SIGTERM', stop);
  });
}
