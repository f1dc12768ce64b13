import { type Command, Option } from 'commander';
import { adminCommands, readDuration } from '../admin-command.ts';
import type { CliContext, MakeCommand } from '../commands.ts';
import { pauseUntilSignal } from '../pause-until-signal.ts';
import { knownDevices } from './known-devices.ts';
import type { ReportOptions, ReportPorts } from './report-command.ts';

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
    .option('--every <duration>', 'go on reporting: 1m to 1d', readDuration(60_000, 86_400_000))
    .option('--install-hint', 'print a systemd timer or a launchd agent that reports (every 15m, or as --every says)')
    .addOption(format())
    .addHelpText(
      'after',
      '\nWhat cannot be read is left out, never guessed.\nExit codes: 0 reported, 1 the server refused, 2 wrong usage, 3 a file cannot be read or no server answers.\nExamples:\n  postern device report --dry-run\n  postern device report --url https://auth.corp.example --cert device.crt --key device.key --every 15m',
    )
    .action(async (options: ReportOptions) => {
      const { reportDevice } = await import('./report-command.ts');
      exit(await reportDevice(options, await systemReportPorts(), context));
    });

  adminCommands(knownDevices)(command, device, context, exit);
}

async function systemReportPorts(): Promise<ReportPorts> {
  const { systemDevicePorts } = await import('./device-ports.ts');
  const [script = 'postern'] = process.argv.slice(1);
  // About that long, so that a fleet does not report in step.
  return {
    device: systemDevicePorts(),
    now: Date.now,
    pause: (ms) => pauseUntilSignal(ms * (0.9 + Math.random() * 0.2)),
    self: [process.execPath, script],
  };
}
