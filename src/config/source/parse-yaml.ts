import { EVENT_ID, type Event, parseEvents, SCALAR_STYLE, YAMLException } from 'js-yaml';
import type { SyntaxProblem } from './explain-syntax.ts';
import { createPlaceWriter, emptyPlaceTable, type PlaceTable } from './places.ts';
import type { SourceText } from './source-text.ts';
import { walkEvents } from './walk-events.ts';

/** What the one parser made of a text that decides what every text means. */
export type ParsedYaml =
  | {
      readonly outcome: 'parsed';
      readonly value: unknown;
      readonly places: PlaceTable;
      readonly problems: readonly SyntaxProblem[];
      readonly isTooLarge: boolean;
    }
  /** No YAML; the parser's own words. */
  | { readonly outcome: 'refused'; readonly exception: YAMLException }
  /** Another YAML than ours. */
  | { readonly outcome: 'stopped'; readonly problem: SyntaxProblem };

/** Deeper than any configuration, and shallow enough for the parser's own recursion. */
const parserDepth = 100;

/** Reads YAML 1.2 core: `no` is text, `<<` is a key like any other, tags and duplicate keys are refused. */
export function parseYaml(source: SourceText): ParsedYaml {
  let events: readonly Event[];
  try {
    events = parseEvents(source.text, { maxDepth: parserDepth });
  } catch (thrown) {
    if (!(thrown instanceof YAMLException)) throw thrown;
    return { outcome: 'refused', exception: thrown };
  }
  const problem = refuseDocument(events, source.text);
  if (problem !== undefined) return { outcome: 'stopped', problem };
  if (events.length === 0)
    return { outcome: 'parsed', value: null, places: emptyPlaceTable, problems: [], isTooLarge: false };
  const writer = createPlaceWriter();
  const walked = walkEvents(events, source, writer);
  return { outcome: 'parsed', ...walked, places: writer.table() };
}

/** Another version of YAML, or a second document. */
function refuseDocument(events: readonly Event[], text: string): SyntaxProblem | undefined {
  let documents = 0;
  for (let index = 0; index < events.length; index += 1) {
    const event = events[index];
    if (event?.type !== EVENT_ID.DOCUMENT) continue;
    documents += 1;
    if (event.directives.some((directive) => directive.kind === 'yaml' && directive.version !== '1.2')) {
      return {
        code: 'P003',
        span: { start: 0, end: endOfLine(text, 0) },
        message: 'the file asks for another YAML than 1.2',
        help: 'remove the %YAML line',
      };
    }
    if (documents === 2) {
      const start = startOfDocument(events, index, text);
      return {
        code: 'P003',
        span: { start, end: Math.min(text.length, start + 3) },
        message: 'a second document begins here',
        help: 'keep one document in a file; remove ---',
      };
    }
  }
  return undefined;
}

/** The `---` in front of a document's first content; the end of the text when the document is empty. */
function startOfDocument(events: readonly Event[], index: number, text: string): number {
  const before = events.slice(0, index).findLast((event) => startOf(event) >= 0);
  const from = before === undefined ? 0 : startOf(before);
  const marker = /^---(?=\s|$)/gm;
  marker.lastIndex = from;
  let match = marker.exec(text);
  // The first document may have a marker of its own, before its first content.
  if (match !== null && before === undefined) match = marker.exec(text) ?? match;
  return match?.index ?? Math.max(0, text.length - 1);
}

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return event.style === SCALAR_STYLE.PLAIN ? event.valueEnd : event.valueEnd + 1;
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorEnd;
    case EVENT_ID.DOCUMENT:
    case EVENT_ID.POP:
      return -1;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
