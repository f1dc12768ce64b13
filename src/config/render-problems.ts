import type { SourcePosition } from '../decision/decision.ts';
import type { Problem } from './problem.ts';

/** Past this many, messages help nobody. */
const most = 50;

export interface RenderOptions {
  /** ANSI colours. Default off. */
  readonly color?: boolean;
}

/** Problems for a terminal: `file:line:col: error[Pnnn]: message`, the line, a caret, what to type next. */
export function renderProblems(problems: readonly Problem[], options: RenderOptions = {}): string {
  const paint =
    options.color === true
      ? (code: number, text: string) => `\u001b[${code}m${text}\u001b[0m`
      : (_: number, text: string) => text;
  const lines: string[] = [];
  for (const problem of problems.slice(0, most)) {
    const { at, frame, help } = problem;
    const severity = paint(problem.severity === 'error' ? 31 : 33, `${problem.severity}[${problem.code}]`);
    lines.push(`${at.file}:${at.line}:${at.column}: ${severity}: ${problem.message}`);
    const words = help === undefined ? '' : ` ${paint(36, `help: ${help}`)}`;
    if (frame === undefined) {
      if (words !== '') lines.push(`     |${words}`);
      continue;
    }
    lines.push(`${String(at.line).padStart(5)} | ${frame.text}`);
    lines.push(`      | ${' '.repeat(frame.start)}${paint(31, '^'.repeat(frame.length))}${words}`);
  }
  const rest = problems.length - most;
  if (rest > 0) lines.push(`… and ${rest} more`);
  return lines.join('\n');
}

/** The closing line of a refusal: "4 errors. Nothing was loaded. More: postern help P001". */
export function renderVerdict(problems: readonly Problem[]): string {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const first = errors[0];
  const more = first === undefined ? '' : ` More: postern help ${first.code}`;
  return `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}. Nothing was loaded.${more}`;
}

/** One warning of a configuration that was loaded. */
export function renderWarning({ at, code, message, help }: Problem): string {
  return `warn ${at.file}:${at.line}:${at.column}: ${message}${help === undefined ? '' : `; ${help}`}  [${code}]`;
}

/** Workflow commands, so that a review shows each problem in its place. */
export function renderForGithub(problems: readonly Problem[]): string {
  return problems
    .slice(0, most)
    .map(({ at, code, severity, message, help }) => {
      const place = `file=${escapeProperty(at.file)},line=${at.line},col=${at.column},title=${code}`;
      return `::${severity} ${place}::${escapeData(help === undefined ? message : `${message} (${help})`)}`;
    })
    .join('\n');
}

/** One remark about a place, as a workflow command. */
export function renderNotice(severity: 'notice' | 'warning', at: SourcePosition, message: string): string {
  return `::${severity} file=${escapeProperty(at.file)},line=${at.line},col=${at.column}::${escapeData(message)}`;
}

/** Text of a workflow command. */
export function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** A property of a workflow command. */
export function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** A problem for programs. Stable: keys are added, never changed. */
export function problemToJson({
  at,
  code,
  severity,
  message,
  help,
}: Problem): Readonly<Record<string, string | number>> {
  return {
    code,
    severity,
    file: at.file,
    line: at.line,
    column: at.column,
    message,
    ...(help === undefined ? {} : { help }),
  };
}
