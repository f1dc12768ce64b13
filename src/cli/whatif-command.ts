import { escapeData, escapeProperty } from '../config/render-problems.ts';
import type { Route } from '../config/route.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { dependenciesOf, possibleAnswers } from '../config/tryout/depends-on.ts';
import { factsOfGiven } from '../config/tryout/facts-of-given.ts';
import { unknownsOf } from '../config/tryout/run-tests.ts';
import { englishOf } from '../config/values/local-text.ts';
import type { Decision } from '../decision/decision.ts';
import type { Facts } from '../decision/facts.ts';
import { openPhrasebook } from '../pages/messages/phrasebook.ts';
import { evaluate } from '../policy/evaluate.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { paintHeads } from './paint.ts';
import { decisiveRule, describeRule, renderRules } from './rule-table.ts';
import { loadForCommand } from './run-command.ts';
import { cleanText } from './table.ts';
import { type Asked, readAsked, type WhatIfFlags } from './whatif-flags.ts';
import { describeOpen, notGiven } from './whatif-unknowns.ts';
import { wouldOpen } from './would-open.ts';

export interface WhatIfOptions extends WhatIfFlags {
  readonly config: string;
  readonly against?: string;
  readonly exitCode: boolean;
  /** True: into the configuration; a text: into that file of tests. */
  readonly saveTest?: string | true;
  readonly format: 'text' | 'json' | 'github';
}

interface Decided {
  readonly asked: Asked;
  readonly route: Route;
  readonly facts: Facts;
  readonly decision: Decision;
}

/** What an answer hangs on, and what it may come out as. */
interface Openness {
  readonly keys: readonly string[];
  readonly possible: readonly string[];
}

interface Answer extends Decided {
  /** What was not given and could make the answer, or the reason of a no, another one. */
  readonly dependsOn: readonly string[];
  /** `undefined` where only the reason of a no could be another one. */
  readonly open: Openness | undefined;
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
      dependsOn: first.answer.dependsOn,
    };
    const { saveTest } = await import('./save-test.ts');
    const code = await saveTest(toSave, context);
    if (code !== 0) return code;
  }
  if (options.saveTest === undefined && options.format === 'text' && answers.length === 1 && first !== undefined) {
    if (first.answer.decision.outcome !== 'sign_in' && first.answer.dependsOn.length === 0)
      context.output.stderr('Keep this as a test: add --save-test\n');
  }
  const isDenied = answers.at(-1)?.answer.decision.outcome !== 'allow';
  return options.exitCode && isDenied ? 1 : 0;
}

function opennessOf({ asked, route, facts, decision }: Decided, keys: readonly string[]): Openness | undefined {
  if (keys.length === 0 || decision.outcome === 'sign_in') return undefined;
  const possible = possibleAnswers(route.policy, facts, asked.given, decision);
  if (possible.every(({ outcome }) => outcome === decision.outcome)) return undefined;
  return {
    keys,
    possible: possible.map(({ outcome, reason }) => (outcome === 'deny' ? `DENY ${reason}` : headings[outcome])),
  };
}

/** `can`: yes, no, or what it depends on; only a yes is a 0. */
export async function printCan(options: WhatIfOptions, context: CliContext): Promise<ExitCode> {
  const answer = await answerFrom(options.config, options, context);
  if (typeof answer === 'number') return answer === 1 ? 3 : answer;
  const { decision, route, facts, open } = answer;
  const said =
    decision.outcome === 'allow'
      ? 'yes'
      : open === undefined
        ? `no   ${decision.reason}`
        : `depends on ${describeOpen(open.keys, route.policy, facts).join(', ')}`;
  context.output.stdout(paintHeads(`${said}\n`, context.output.color));
  return decision.outcome === 'allow' ? 0 : 1;
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
  const decided: Decided = { asked, route, facts, decision: evaluate(route.policy, facts) };
  const unknown = [...unknownsOf(decided.decision), ...dependenciesOf(route.policy, facts, given, decided.decision)];
  const dependsOn = [...new Set(unknown)];
  return { ...decided, dependsOn, open: opennessOf(decided, dependsOn) };
}

/** A remark at the rule that decided, or at the route where none did. */
function renderForGithub(file: string, answer: Answer): string {
  const { route, facts, decision } = answer;
  const { to_allow: needs, not_given: missing, outcome } = describe(file, answer);
  const at = decisiveRule(decision)?.at ?? { ...route.at, file };
  const place = `file=${escapeProperty(at.file)},line=${at.line},col=${at.column}`;
  const answered = outcome === 'depends' ? 'DEPENDS' : `${headings[decision.outcome]} ${decision.reason}`;
  const title = `${answered}: ${facts.request.method} ${route.origin}${facts.request.path}`;
  const text = [
    needs.length === 0 ? 'It opens.' : `To allow: ${needs.join('; ')}`,
    ...sayOpenness(answer),
    ...(missing.length === 0 ? [] : [`Not given, so not checked: ${missing.join(', ')}.`]),
  ];
  const kind = decision.outcome === 'allow' ? 'notice' : 'warning';
  return `::${kind} ${place},title=${escapeProperty(title)}::${escapeData(text.join('\n'))}\n`;
}

const headings = { allow: 'ALLOW', deny: 'DENY', step_up: 'STEP UP', sign_in: 'SIGN IN' } as const;

function render(answer: Answer): string {
  const { route, facts, decision, open } = answer;
  const { request, person, service } = facts;
  const name = service === undefined ? person?.email : `service:${service.serviceId}`;
  const who = name === undefined ? '' : `   as ${cleanText(name)}`;
  const isOpen = open !== undefined;
  const reason = decision.outcome === 'allow' ? '' : `   ${decision.reason}`;
  const head = isOpen ? 'DEPENDS' : `${headings[decision.outcome]}${reason}`;
  const lines = [
    `${head}  ${request.method} ${route.origin}${cleanText(request.path)}${who}`,
    renderRules(route.name, decision, { isOpen }).trimEnd(),
    ...sayOpenness(answer),
  ];
  const needs = wouldOpen(route.policy, decision, facts);
  if (needs.length > 0) lines.push(`To allow: ${needs.join('; ')}`);
  if (decision.outcome !== 'allow' && !isOpen) {
    const { headline } = openPhrasebook('en').reason(decision.reason);
    lines.push(
      `The ${service === undefined ? 'person would see' : 'service would read'}: "${headline.replaceAll(/\{app\}/gi, englishOf(route.title))}"`,
    );
  }
  const missing = notGiven(facts, route.policy);
  if (missing.length > 0) lines.push(`Not given, so not checked: ${missing.join(', ')}.`);
  return `${lines.filter((line) => line !== '').join('\n')}\n`;
}

/** A line on what the answer hangs, and every answer that may come out; nothing where it is certain. */
function sayOpenness({ route, facts, open }: Answer): readonly string[] {
  if (open === undefined) return [];
  const on = describeOpen(open.keys, route.policy, facts).join(', ');
  return [`Depends on ${on}. Possible: ${open.possible.join(', ')}.`];
}

function describe(file: string, answer: Answer) {
  const { route, facts, decision, open } = answer;
  return {
    file,
    route: route.name,
    method: facts.request.method,
    path: facts.request.path,
    outcome: open === undefined ? decision.outcome : ('depends' as const),
    reason: open === undefined ? decision.reason : null,
    depends_on: open?.keys ?? [],
    possible: open?.possible ?? [],
    rule: decisiveRule(decision)?.rule ?? null,
    rules: decision.trace.map((result) => ({
      ...describeRule(result),
      ...(result.mode === undefined ? {} : { mode: result.mode }),
      ...(result.isActing === undefined ? {} : { acting: result.isActing }),
      ...(result.bucket === undefined ? {} : { bucket: result.bucket }),
    })),
    to_allow: wouldOpen(route.policy, decision, facts),
    not_given: notGiven(facts, route.policy),
  };
}
