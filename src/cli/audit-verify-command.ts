import { readPrintedHead } from '../audit/audit-head.ts';
import { isReadFailure, readFailure } from '../config/source/read-bounded-file.ts';
import type { AuditReport, CliContext, ExitCode } from './commands.ts';
import { loadForCommand } from './run-command.ts';

export interface AuditVerifyOptions {
  readonly config?: string | undefined;
  /** Thumbprints of keys that are believed. */
  readonly key?: readonly string[] | undefined;
  /** Printed heads. */
  readonly head?: readonly string[] | undefined;
  readonly format: 'text' | 'json';
}

/** Checks an audit folder. 1: the trail is broken; 3: it could not be read. */
export async function verifyAuditFolder(
  folder: string,
  options: AuditVerifyOptions,
  context: CliContext,
): Promise<ExitCode> {
  const snapshot = options.config === undefined ? undefined : await loadForCommand(options.config, context);
  if (typeof snapshot === 'number') return 3;
  const heads = (options.head ?? []).map(readPrintedHead);
  if (!heads.every((head) => head !== undefined)) {
    context.output.stderr('A head is one line of what `postern audit head` prints: chain:sequence:time:hash.\n');
    return 2;
  }
  let report: AuditReport;
  try {
    report = await context.commands.verifyAudit(folder, snapshot, { keyIds: options.key ?? [], heads });
  } catch (thrown) {
    if (!isReadFailure(thrown)) throw thrown;
    context.output.stderr(`The audit folder ${folder} cannot be checked: ${readFailure(thrown)}.\n`);
    return 3;
  }
  if (report.files === 0) {
    context.output.stderr(
      `There is no audit trail in ${folder}: nothing was checked. Name the folder that audit.path says.\n`,
    );
    return 3;
  }
  if (options.format === 'json') context.output.stdout(`${JSON.stringify(report, null, 2)}\n`);
  else printReport(folder, report, context);
  return report.isIntact ? 0 : 1;
}

function printReport(folder: string, report: AuditReport, { output }: CliContext): void {
  for (const { file, line, problem, detail } of report.breaks)
    output.stdout(`${file}:${line}: ${problem}: ${detail}\n`);
  const verdict = report.isIntact ? 'ok  ' : 'BROKEN';
  output.stdout(
    `${verdict} ${folder}   ${report.events} events in ${report.files} ${report.files === 1 ? 'file' : 'files'}\n`,
  );
  for (const note of report.notes) output.stderr(`${note}\n`);
}
