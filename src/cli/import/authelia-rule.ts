import { RE2JS } from 're2js';
import { parseNetwork } from '../../config/values/network.ts';
import { type Demand, demands } from './conditions.ts';
import { type PathShape, shapeOf, wholeExpression } from './path-shape.ts';
import { linesOf, listOf, recordOf, textOf } from './source-value.ts';

/** What a rule of Authelia asks for. */
export type AutheliaPolicy = 'bypass' | 'one_factor' | 'two_factor' | 'deny';

/** How much a policy asks; the higher, the less it opens. */
export const strictness: Readonly<Record<AutheliaPolicy, number>> = {
  bypass: 0,
  one_factor: 1,
  two_factor: 2,
  deny: 3,
};

/** A path of a rule: a simple one, or an expression for the whole path; `undefined` in its place: Postern cannot say it. */
export interface Resource {
  readonly shape: PathShape | undefined;
  readonly whole: string | undefined;
  readonly written: string;
  /** True when a query keeps a request from fitting: it is a part of the path there. */
  readonly comparesQuery: boolean;
}

/** One rule of `access_control`, read for one host. */
export interface AutheliaRule {
  /** From 1, as Authelia counts. */
  readonly position: number;
  readonly policy: AutheliaPolicy;
  /** Empty: every path. */
  readonly resources: readonly Resource[];
  readonly methods: readonly string[];
  /** Any of these; each asks for all of its demands. Empty: everybody. */
  readonly subjects: readonly (readonly Demand[])[];
  readonly networks: readonly string[];
  /** What Postern cannot ask for. The rule then opens nothing. */
  readonly strange: readonly string[];
}

/** Networks by name, as `access_control` and `definitions` have them. */
export type NamedNetworks = Readonly<Record<string, readonly string[]>>;

type Written = Readonly<Record<string, unknown>>;

/** A policy by its name; anything else denies, as there. */
export function policyOf(value: unknown): AutheliaPolicy {
  return value === 'bypass' || value === 'one_factor' || value === 'two_factor' ? value : 'deny';
}

/** What a domain of a rule says of a host: `strange` where it depends on the person. */
export function matchDomain(rule: Written, host: string): 'yes' | 'no' | 'strange' {
  const domains = [...linesOf(rule.domain), ...linesOf(rule.domains)].map((domain) => domain.toLowerCase());
  const expressions = [...linesOf(rule.domain_regex), ...linesOf(rule.domains_regex)];
  if (domains.length === 0 && expressions.length === 0) return 'yes';
  const answers = [
    ...domains.map((domain) => {
      if (domain.startsWith('*.')) return host.endsWith(domain.slice(1)) ? 'yes' : 'no';
      if (/^\{(?:user|group)\}/.test(domain)) return host.endsWith(domain.replace(/^\{\w+\}/, '')) ? 'strange' : 'no';
      return domain === host ? 'yes' : 'no';
    }),
    ...expressions.map((expression) => matchExpression(expression, host)),
  ];
  if (answers.includes('yes')) return 'yes';
  return answers.includes('strange') ? 'strange' : 'no';
}

function matchExpression(expression: string, host: string): 'yes' | 'no' | 'strange' {
  if (expression.length > 1_000) return 'strange';
  try {
    if (!RE2JS.compile(expression).matcher(host).find()) return 'no';
    return /\(\?P?<(?:User|Group)>/.test(expression) ? 'strange' : 'yes';
  } catch {
    return 'strange';
  }
}

/** Hosts that rules name in full. */
export function hostsOf(rules: readonly Written[]): readonly string[] {
  const domains = rules.flatMap((rule) => [...linesOf(rule.domain), ...linesOf(rule.domains)]);
  return [...new Set(domains.map((domain) => domain.toLowerCase()).filter((domain) => !/[*{]/.test(domain)))];
}

/** Reads one rule, for a host that its domains have. */
export function readRule(
  rule: Written,
  position: number,
  match: 'yes' | 'strange',
  named: NamedNetworks,
): AutheliaRule {
  const strange: string[] = [];
  if (match === 'strange') strange.push('a domain that depends on who asks');
  if (listOf(rule.query).length > 0) strange.push('query');
  const subjects = listOf(rule.subject).length === 0 ? [] : readSubjects(rule.subject, strange);
  const networks = linesOf(rule.networks).flatMap((network) => named[network] ?? [network]);
  if (!networks.every((network) => parseNetwork(network).ok)) strange.push('networks');
  const resources = linesOf(rule.resources).map((written) => ({
    written,
    shape: shapeOf(written),
    whole: wholeExpression(written),
    comparesQuery: written.endsWith('$') && !/(?:\.\*|\[\/\?\]\.\*\)\?)\$$/.test(written),
  }));
  if (resources.some(({ shape, whole }) => shape === undefined && whole === undefined)) strange.push('resources');
  const policy = policyOf(rule.policy);
  // A path has no query here: a refusal that looks at one would refuse nothing.
  if ((policy === 'deny' || policy === 'two_factor') && resources.some(looksAtQuery)) strange.push('a query');
  return {
    position,
    policy,
    resources: resources.some(({ shape }) => shape?.kind === 'starts' && shape.path === '/') ? [] : resources,
    methods: linesOf(rule.methods).map((method) => method.toUpperCase()),
    subjects,
    networks,
    strange,
  };
}

function looksAtQuery({ shape, written }: Resource): boolean {
  return shape === undefined && /\\\?|\[[^\]]*\?|\\x3f|\\Q/i.test(written);
}

/** A text, a list of which any will do, or a list of lists, each of which must hold whole. */
function readSubjects(written: unknown, strange: string[]): readonly (readonly Demand[])[] {
  const outer = listOf(written);
  return outer.flatMap((one) => {
    const parts = listOf(one).map((part) => readSubject(textOf(part) ?? ''));
    if (parts.some((part) => part === undefined)) {
      strange.push('a subject that is no user: and no group:');
      return [];
    }
    return [parts.flatMap((part) => (part === undefined ? [] : [part]))];
  });
}

function readSubject(text: string): Demand | undefined {
  if (text.startsWith('group:')) return demands.groups([text.slice('group:'.length)]);
  if (text.startsWith('user:')) return demands.claim('preferred_username', [text.slice('user:'.length)]);
  return undefined;
}

/** Named networks of the file, old and new. */
export function namedNetworksOf(source: Written): NamedNetworks {
  const named: Record<string, readonly string[]> = {};
  for (const one of listOf(recordOf(source.access_control).networks).map(recordOf)) {
    const name = textOf(one.name);
    if (name !== undefined) named[name] = linesOf(one.networks);
  }
  for (const [name, networks] of Object.entries(recordOf(recordOf(source.definitions).network)))
    named[name] = linesOf(networks);
  return named;
}
