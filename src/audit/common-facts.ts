import { hash } from 'node:crypto';
import type { JsonValue, RecordedEvent } from './audit-event.ts';
import { quoteTree } from './codec.ts';

type JsonObject = { readonly [key: string]: JsonValue };

/**
 * What a person's requests to a route have in common, as the trail holds it: the rules, and the facts that are not the
 * request's own. One line of a file holds it and has its name in `facts_id`; the lines behind it have the name in
 * `facts_ref` and leave it out, and in `facts_back` how many bytes in front of them it begins (security-rules.md 55).
 */
export interface CommonFacts {
  readonly rules: JsonValue;
  readonly facts: JsonObject;
}

/** Of the request alone. */
const ownParts = new Set(['request', 'risk']);
/** What the connection showed is as old as the request. */
const partsOfConnection = new Set(['device', 'service']);

/** 132 bits of the hash: as many characters as fill no half byte. */
const idLength = 22;

/** Names common facts after what they are, so that a name can stand for nothing else. */
export function idOfFacts({ rules, facts }: CommonFacts): string {
  return idOfNamed(nameOfRules(rules), facts);
}

/** The same where the rules have their name: they are many, and the same for many people. */
export function idOfNamed(rules: string, facts: JsonObject): string {
  return hash('sha256', quoteTree({ rules, facts }), 'base64url').slice(0, idLength);
}

/** Names how rules came out after what it is. */
export function nameOfRules(rules: JsonValue): string {
  return hash('sha256', quoteTree(rules), 'base64url');
}

/** The common part of a whole decision; `undefined` when there is none. */
export function commonFactsOf({ type, rules, facts }: RecordedEvent['event']): CommonFacts | undefined {
  if (type !== 'decision' || rules === undefined || !isObject(facts)) return undefined;
  const common = Object.entries(facts)
    .filter(([name]) => !ownParts.has(name))
    .map(([name, part]): [string, JsonValue] => [name, partsOfConnection.has(name) ? withoutTime(part) : part]);
  return { rules, facts: Object.fromEntries(common) };
}

/** The facts that a line holds for others; `undefined` where it holds none, or others than their name was made of. */
export function factsHeldBy(event: RecordedEvent['event']): CommonFacts | undefined {
  const { facts_id: id } = event;
  const common = typeof id === 'string' ? commonFactsOf(event) : undefined;
  return common !== undefined && idOfFacts(common) === id ? common : undefined;
}

/** Where facts stand in a file, and which. */
export interface FactsPointer {
  readonly id: string;
  /** The byte where their line begins. */
  readonly at: number;
}

/** What an event points to; `undefined` where that is nothing, or cannot be in front of it. @param before where its own line begins */
export function pointerOf(
  { facts_ref: id, facts_back: back }: RecordedEvent['event'],
  before: number,
): FactsPointer | undefined {
  const isInFront = typeof back === 'number' && Number.isSafeInteger(back) && back > 0 && back <= before;
  return typeof id === 'string' && isInFront ? { id, at: before - back } : undefined;
}

/**
 * Reads an event as if its line had been written whole: everything behind it knows no other. `undefined` when the facts
 * that it points to are not there; they are never guessed. @param held what stands where it points to, if that is of this name
 */
export function wholeEvent(
  event: RecordedEvent['event'],
  held: CommonFacts | undefined,
): RecordedEvent['event'] | undefined {
  const { facts_id: id, facts_ref: ref, facts_back: back, rules, reported, facts, ...others } = event;
  if (event['type'] !== 'decision' || (id === undefined && ref === undefined && back === undefined)) return event;
  const isOneOfBoth = (id === undefined) !== (ref === undefined) && (ref === undefined) === (back === undefined);
  if (!isOneOfBoth || !isObject(facts)) return undefined;
  const common = ref === undefined ? factsHeldBy(event) : held;
  if (common === undefined) return undefined;
  const { request, risk, ...parts } = facts;
  return {
    ...others,
    rules: common.rules,
    ...(reported === undefined ? {} : { reported }),
    facts: {
      ...(request === undefined ? {} : { request }),
      ...(ref === undefined ? {} : factsAt(common, request)),
      ...parts,
      ...(risk === undefined ? {} : { risk }),
    },
  };
}

function factsAt({ facts }: CommonFacts, request: JsonValue | undefined): JsonObject {
  const asOfMs = isObject(request) ? request['as_of_ms'] : undefined;
  const dated = Object.entries(facts).map(([name, part]): [string, JsonValue] => [
    name,
    partsOfConnection.has(name) ? withTime(part, asOfMs) : part,
  ]);
  return Object.fromEntries(dated);
}

function withoutTime(part: JsonValue): JsonValue {
  if (!isObject(part)) return part;
  const { as_of_ms: _, ...others } = part;
  return others;
}

function withTime(part: JsonValue, asOfMs: JsonValue | undefined): JsonValue {
  if (!isObject(part) || asOfMs === undefined) return part;
  const { source, ...others } = part;
  return { ...(source === undefined ? {} : { source }), as_of_ms: asOfMs, ...others };
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
