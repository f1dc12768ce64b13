import type { Route, Snapshot } from '../config/snapshot.ts';
import { factsOfGiven } from '../config/tryout/facts-of-given.ts';
import type { Decision } from '../decision/decision.ts';
import { openPhrasebook } from '../pages/messages/phrasebook.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { Facts } from '../policy/facts.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { decisiveRule, renderRules } from './rule-table.ts';
import { loadForCommand } from './run-command.ts';
import { cleanText } from './table.ts';
import { type Asked, readAsked, type WhatIfFlags } from './whatif-flags.ts';
import { wouldOpen } from './would-open.ts';

export interface WhatIfOptions extends WhatIfFlags {
  readonly config: string;
  readonly against?: string;
  readonly exitCode: boolean;
  readonly format: 'text' | 'json';
}

interface Answer {
  readonly route: Route;
  readonly facts: Facts;
  readonly decision: Decision;
}

/** Decides a request that nobody has made, from the file alone. 1: the file has errors, or denied with `--exit-code`; 2: flags that cannot be. */
export async function printWhatIf(options: WhatIfOptions, context: CliContext): Promise<ExitCode> {
  const files = [options.config, ...(options.against === undefined ? [] : [options.against])];
  const answers: { readonly file: string; readonly answer: Answer }[] = [];
  for (const file of files) {
    const answer = await answerFrom(file, options, context);
    if (typeof answer === 'number') return answer;
    answers.push({ file, answer });
  }
  if (options.format === 'json')
    context.output.stdout(
      `${JSON.stringify({ answers: answers.map(({ file, answer }) => describe(file, answer)) }, null, 2)}\n`,
    );
  else
    for (const { file, answer } of answers)
      context.output.stdout(`${answers.length > 1 ? `${file}\n` : ''}${render(answer)}`);
  const isDenied = answers.at(-1)?.answer.decision.outcome !== 'allow';
  return options.exitCode && isDenied ? 1 : 0;
}

/** `can`: yes or no. A yes that depends on something unknown is a no. */
export async function printCan(options: WhatIfOptions, context: CliContext): Promise<ExitCode> {
  const answer = await answerFrom(options.config, options, context);
  if (typeof answer === 'number') return answer === 1 ? 3 : answer;
  const isYes = answer.decision.outcome === 'allow';
  context.output.stdout(isYes ? 'yes\n' : `no   ${answer.decision.reason}\n`);
  return isYes ? 0 : 1;
}

async function answerFrom(file: string, flags: WhatIfFlags, context: CliContext): Promise<Answer | 1 | 2 | 3> {
  const snapshot = await loadForCommand(file, context);
  if (typeof snapshot === 'number') return snapshot;
  const asked = readAsked(flags, snapshot);
  if (typeof asked === 'string') {
    context.output.stderr(`${asked}\n`);
    return 2;
  }
  return decide(asked, snapshot, context.ports.now());
}

function decide({ route, given, method, path }: Asked, snapshot: Snapshot, nowMs: number): Answer {
  const facts = factsOfGiven(given, { method, path }, snapshot, nowMs);
  return { route, facts, decision: evaluate(route.policy, facts) };
}

const headings = { allow: 'ALLOW', deny: 'DENY', step_up: 'STEP UP', sign_in: 'SIGN IN' } as const;

function render({ route, facts, decision }: Answer): string {
  const { request, person } = facts;
  const who = person?.email === undefined ? '' : `   as ${cleanText(person.email)}`;
  const reason = decision.outcome === 'allow' ? '' : `   ${decision.reason}`;
  const lines = [
    `${headings[decision.outcome]}${reason}  ${request.method} ${route.origin}${cleanText(request.path)}${who}`,
  ];
  const needs = wouldOpen(route.policy, decision, facts);
  if (needs.length > 0) lines.push(`To allow: ${needs.join('; ')}`);
  if (decision.outcome !== 'allow') {
    const { headline } = openPhrasebook('en').reason(decision.reason);
    lines.push(`The person would see: "${headline.replaceAll(/\{app\}/gi, route.title)}"`);
  }
  const missing = notGiven(facts);
  if (missing.length > 0) lines.push(`Not given, so not checked: ${missing.join(', ')}.`);
  const [head = '', ...rest] = lines;
  return `${[head, renderRules(route.name, decision).trimEnd(), ...rest].filter((line) => line !== '').join('\n')}\n`;
}

function notGiven({ person, authentication, device, risk, request }: Facts): readonly string[] {
  return [
    ...(person?.email === undefined ? ['user'] : []),
    ...(person?.groups === undefined ? ['groups'] : []),
    ...(device === undefined ? ['device'] : []),
    ...(authentication === undefined ? ['auth'] : []),
    ...(request.address === undefined ? ['network'] : []),
    ...(risk === undefined ? ['risk'] : []),
  ];
}

function describe(file: string, { route, facts, decision }: Answer) {
  return {
    file,
    route: route.name,
    method: facts.request.method,
    path: facts.request.path,
    outcome: decision.outcome,
    reason: decision.reason,
    rule: decisiveRule(decision)?.rule ?? null,
    rules: decision.trace.map(({ rule, effect, at, verdict, conditions, mode, isActing, bucket }) => ({
      rule,
      effect,
      file: at.file,
      line: at.line,
      verdict,
      conditions: Object.fromEntries(conditions.map((one) => [one.key, one.verdict])),
      ...(mode === undefined ? {} : { mode }),
      ...(isActing === undefined ? {} : { acting: isActing }),
      ...(bucket === undefined ? {} : { bucket }),
    })),
    to_allow: wouldOpen(route.policy, decision, facts),
    not_given: notGiven(facts),
  };
}
