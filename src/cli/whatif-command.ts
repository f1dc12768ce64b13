import { escapeData, escapeProperty } from '../config/render-problems.ts';
import type { Route, Snapshot } from '../config/snapshot.ts';
import { dependenciesOf } from '../config/tryout/depends-on.ts';
import { factsOfGiven } from '../config/tryout/facts-of-given.ts';
import { unknownsOf } from '../config/tryout/run-tests.ts';
import type { Decision } from '../decision/decision.ts';
import { openPhrasebook } from '../pages/messages/phrasebook.ts';
import { claimsReadBy } from '../policy/claims-read.ts';
import { conditionsOf } from '../policy/conditions/conditions-of-rule.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { Facts } from '../policy/facts.ts';
import { findClaim } from '../policy/find-claim.ts';
import type { RoutePolicy } from '../policy/rule.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { paintHeads } from './paint.ts';
import { decisiveRule, renderRules } from './rule-table.ts';
import { loadForCommand } from './run-command.ts';
import { saveTest } from './save-test.ts';
import { cleanText } from './table.ts';
import { type Asked, readAsked, type WhatIfFlags } from './whatif-flags.ts';
import { wouldOpen } from './would-open.ts';

export interface WhatIfOptions extends WhatIfFlags {
  readonly config: string;
  readonly against?: string;
  readonly exitCode: boolean;
  /** True: into the configuration; a text: into that file of tests. */
  readonly saveTest?: string | true;
  readonly format: 'text' | 'json' | 'github';
}

interface Answer {
  readonly asked: Asked;
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
  else if (options.format === 'github')
    for (const { file, answer } of answers) context.output.stdout(renderForGithub(file, answer));
  else
    for (const { file, answer } of answers)
      context.output.stdout(
        `${answers.length > 1 ? `${file}\n` : ''}${paintHeads(render(answer), context.output.color)}`,
      );
  const [first] = answers;
  if (options.saveTest !== undefined && first !== undefined) {
    const { asked, decision } = first.answer;
    const file = options.saveTest === true ? undefined : options.saveTest;
    const toSave = {
      config: options.config,
      file,
      flags: options,
      asked,
      decision,
      dependsOn: dependsOn(first.answer),
    };
    const code = await saveTest(toSave, context);
    if (code !== 0) return code;
  }
  if (options.saveTest === undefined && options.format === 'text' && answers.length === 1 && first !== undefined) {
    if (first.answer.decision.outcome !== 'sign_in' && dependsOn(first.answer).length === 0)
      context.output.stderr('Keep this as a test: add --save-test\n');
  }
  const isDenied = answers.at(-1)?.answer.decision.outcome !== 'allow';
  return options.exitCode && isDenied ? 1 : 0;
}

/** What was not given and could make the answer another one. */
function dependsOn({ asked, route, facts, decision }: Answer): readonly string[] {
  const open = [...unknownsOf(decision), ...dependenciesOf(route.policy, facts, asked.given, decision)];
  return [...new Set(open)];
}

/** `can`: yes or no. A yes that depends on something unknown is a no. */
export async function printCan(options: WhatIfOptions, context: CliContext): Promise<ExitCode> {
  const answer = await answerFrom(options.config, options, context);
  if (typeof answer === 'number') return answer === 1 ? 3 : answer;
  const isYes = answer.decision.outcome === 'allow';
  context.output.stdout(paintHeads(isYes ? 'yes\n' : `no   ${answer.decision.reason}\n`, context.output.color));
  return isYes ? 0 : 1;
}

async function answerFrom(file: string, flags: WhatIfFlags, context: CliContext): Promise<Answer | 1 | 2 | 3> {
  const snapshot = await loadForCommand(file, context, { isDraft: true });
  if (typeof snapshot === 'number') return snapshot;
  const asked = readAsked(flags, snapshot);
  if (typeof asked === 'string') {
    context.output.stderr(`${asked}\n`);
    return 2;
  }
  return decide(asked, snapshot, context.ports.now());
}

function decide(asked: Asked, snapshot: Snapshot, nowMs: number): Answer {
  const { route, given, method, path } = asked;
  const facts = factsOfGiven(given, { method, path }, snapshot, nowMs);
  return { asked, route, facts, decision: evaluate(route.policy, facts) };
}

/** A remark at the rule that decided, or at the route where none did. */
function renderForGithub(file: string, answer: Answer): string {
  const { route, facts, decision } = answer;
  const { to_allow: needs, not_given: missing } = describe(file, answer);
  const at = decisiveRule(decision)?.at ?? { ...route.at, file };
  const place = `file=${escapeProperty(at.file)},line=${at.line},col=${at.column}`;
  const title = `${headings[decision.outcome]} ${decision.reason}: ${facts.request.method} ${route.origin}${facts.request.path}`;
  const text = [
    needs.length === 0 ? 'It opens.' : `To allow: ${needs.join('; ')}`,
    ...(missing.length === 0 ? [] : [`Not given, so not checked: ${missing.join(', ')}.`]),
  ];
  const kind = decision.outcome === 'allow' ? 'notice' : 'warning';
  return `::${kind} ${place},title=${escapeProperty(title)}::${escapeData(text.join('\n'))}\n`;
}

const headings = { allow: 'ALLOW', deny: 'DENY', step_up: 'STEP UP', sign_in: 'SIGN IN' } as const;

function render({ route, facts, decision }: Answer): string {
  const { request, person, service } = facts;
  const name = service === undefined ? person?.email : `service:${service.serviceId}`;
  const who = name === undefined ? '' : `   as ${cleanText(name)}`;
  const reason = decision.outcome === 'allow' ? '' : `   ${decision.reason}`;
  const lines = [
    `${headings[decision.outcome]}${reason}  ${request.method} ${route.origin}${cleanText(request.path)}${who}`,
  ];
  const needs = wouldOpen(route.policy, decision, facts);
  if (needs.length > 0) lines.push(`To allow: ${needs.join('; ')}`);
  if (decision.outcome !== 'allow') {
    const { headline } = openPhrasebook('en').reason(decision.reason);
    lines.push(
      `The ${service === undefined ? 'person would see' : 'service would read'}: "${headline.replaceAll(/\{app\}/gi, route.title)}"`,
    );
  }
  const missing = notGiven(facts, route.policy);
  if (missing.length > 0) lines.push(`Not given, so not checked: ${missing.join(', ')}.`);
  const [head = '', ...rest] = lines;
  return `${[head, renderRules(route.name, decision).trimEnd(), ...rest].filter((line) => line !== '').join('\n')}\n`;
}

function notGiven(
  { person, service, authentication, device, risk, request }: Facts,
  policy: RoutePolicy,
): readonly string[] {
  const claims = claimsReadBy(policy).filter((claim) => findClaim(person?.claims ?? {}, claim) === undefined);
  const rules = [...policy.grants, ...policy.grants.flatMap(({ segment }) => segment?.keys ?? []), ...policy.denials];
  const readsTime = rules.some((rule) =>
    conditionsOf(rule).some(({ condition, value }) => condition.situations?.(value, request.nowMs).isTimed === true),
  );
  if (service !== undefined) return request.address === undefined ? ['network'] : [];
  return [
    ...(person?.email === undefined ? ['user'] : []),
    ...(person?.groups === undefined ? ['groups'] : []),
    ...(device === undefined ? ['device'] : []),
    ...(authentication === undefined ? ['auth'] : []),
    ...(request.address === undefined ? ['network'] : []),
    ...(risk === undefined ? ['risk'] : []),
    ...claims.map((claim) => `claim ${claim}`),
    ...(readsTime && request.isTimeAssumed === true ? ['now'] : []),
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
    not_given: notGiven(facts, route.policy),
  };
}
