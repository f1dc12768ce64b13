import type { explainSyntax, SyntaxProblem } from './explain-syntax.ts';
import { maskSecretLines } from './mask-secrets.ts';
import { type ParsedYaml, parseYaml } from './parse-yaml.ts';
import { emptyPlaceTable, type PlaceTable } from './places.ts';
import type { SourceText } from './source-text.ts';

/** A document as plain data that nobody else holds, and where each part of it stands. */
export interface ReadYaml {
  readonly value: unknown;
  readonly places: PlaceTable;
  readonly problems: readonly SyntaxProblem[];
  /** True when there is no value to go on with. */
  readonly isBroken: boolean;
}

/**
 * Reads a document. One parser decides what every text means; another one only words the complaint about a text that this one
 * refuses, and is loaded for that alone.
 */
export async function readYaml(source: SourceText): Promise<ReadYaml> {
  const parsed = parseYaml(source);
  if (parsed.outcome !== 'refused') return complete(source, parsed);
  const { explainSyntax } = await import('./explain-syntax.ts');
  return refuse(source, parsed, explainSyntax);
}

/** The same for whoever has the other parser at hand. */
export function readYamlAtOnce(source: SourceText, explain: typeof explainSyntax): ReadYaml {
  const parsed = parseYaml(source);
  return parsed.outcome === 'refused' ? refuse(source, parsed, explain) : complete(source, parsed);
}

type Refused = Extract<ParsedYaml, { readonly outcome: 'refused' }>;

function refuse(source: SourceText, { exception }: Refused, explain: typeof explainSyntax): ReadYaml {
  maskSecretLines(source);
  return broken([explain(source, exception)]);
}

function complete(source: SourceText, parsed: Exclude<ParsedYaml, Refused>): ReadYaml {
  switch (parsed.outcome) {
    case 'stopped':
      maskSecretLines(source);
      return broken([parsed.problem]);
    case 'parsed': {
      const { value, places, problems, isTooLarge } = parsed;
      if (isTooLarge) maskSecretLines(source);
      return { value, places, problems, isBroken: isTooLarge };
    }
  }
}

function broken(problems: readonly SyntaxProblem[]): ReadYaml {
  return { value: undefined, places: emptyPlaceTable, problems, isBroken: true };
}
