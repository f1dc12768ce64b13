import { explainSyntax, type SyntaxProblem } from './explain-syntax.ts';
import { maskSecretLines } from './mask-secrets.ts';
import { parseYaml } from './parse-yaml.ts';
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

/** Reads a document. One parser decides what every text means; another one only words the complaint about a text that this one refuses. */
export function readYaml(source: SourceText): ReadYaml {
  const parsed = parseYaml(source);
  switch (parsed.outcome) {
    case 'refused':
      maskSecretLines(source);
      return broken([explainSyntax(source, parsed.exception)]);
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
