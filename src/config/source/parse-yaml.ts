import { type Document, LineCounter, parseDocument, type YAMLError } from 'yaml';
import type { ProblemCode } from '../problem.ts';
import type { SourceText, Span } from './source-text.ts';

export interface SyntaxProblem {
  readonly code: ProblemCode;
  readonly span: Span;
  readonly message: string;
  readonly help: string | undefined;
}

export interface ParsedYaml {
  /** Usable also with unknown tags; not when `isBroken`. */
  readonly document: Document.Parsed;
  readonly isBroken: boolean;
  readonly problems: readonly SyntaxProblem[];
}

/** Parses YAML 1.2 core: `no` is text, tags are refused, duplicate keys are found when the tree is read. */
export function parseYaml(source: SourceText): ParsedYaml {
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: false,
    prettyErrors: false,
    // Not 'silent', which also hides that a second document follows.
    logLevel: 'error',
    lineCounter: new LineCounter(),
  });
  // After the first syntax error the rest of the text is guesswork, and so would be messages about it.
  const errors = document.errors.slice(0, 1).map((error) => explain(error, source));
  const tags = document.warnings
    .filter((warning) => warning.code === 'TAG_RESOLVE_FAILED')
    .map((warning) => explain(warning, source));
  const directive = document.directives?.yaml;
  const isOldVersion = directive?.explicit === true && directive.version !== '1.2';
  const version: SyntaxProblem = {
    code: 'P003',
    span: { start: 0, end: firstLineEnd(source.text) },
    message: 'the file asks for another YAML than 1.2',
    help: 'remove the %YAML line',
  };
  return {
    document,
    isBroken: errors.length > 0 || isOldVersion,
    problems: [...errors, ...tags, ...(isOldVersion ? [version] : [])],
  };
}

function explain(error: YAMLError, source: SourceText): SyntaxProblem {
  const [start, end] = error.pos;
  const span = { start, end: Math.max(end, start + 1) };
  const line = lineAround(source.text, start);
  const unquoted = /(?<!["'])\$\{(?:env|file):[^}"']*\}/.exec(line)?.[0];
  if (error.code !== 'TAG_RESOLVE_FAILED' && unquoted !== undefined) {
    return {
      code: 'P035',
      span,
      message: 'a reference to a secret is not quoted, which breaks a map or list in braces',
      help: `write it in quotes: "${unquoted}"`,
    };
  }
  switch (error.code) {
    case 'TAG_RESOLVE_FAILED':
      return {
        code: 'P004',
        span,
        message: 'tags are not known here',
        help: 'remove the tag; quote the value if it begins with !',
      };
    case 'TAB_AS_INDENT':
      return { code: 'P003', span, message: 'a tab stands where YAML wants spaces', help: 'indent with spaces' };
    case 'MULTIPLE_DOCS':
      return {
        code: 'P003',
        span: { start, end: start + 3 },
        message: 'a second document begins here',
        help: 'keep one document in a file; remove ---',
      };
    case 'RESOURCE_EXHAUSTION':
      return {
        code: 'P005',
        span,
        message: 'the text is nested too deeply',
        help: 'a configuration has at most 32 levels',
      };
    case 'BAD_INDENT':
      return {
        code: 'P003',
        span,
        message: sentence(error.message),
        help: 'align the keys of a map; close every bracket',
      };
    default:
      return { code: 'P003', span, message: sentence(error.message), help: helpFor(line) };
  }
}

function helpFor(line: string): string {
  if (/:\s+[^"'\s][^"']*:\s/.test(line)) return 'quote a text that has a colon in it';
  if (/[:,[{-]\s*[@`%*&!|>]/.test(line)) return 'quote a text that begins with one of @ ` % * & ! | >';
  return 'check the indentation, quotes and brackets here and in the line above';
}

/** The library's own words, without what they quote of the file. */
function sentence(message: string): string {
  const short = message.replace(/: ".*$/s, '').replace(/\s*https?:\S+/, '');
  return short.charAt(0).toLowerCase() + short.slice(1);
}

function lineAround(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  return text.slice(start, Math.min(start + 2_000, firstLineEnd(text, start)));
}

function firstLineEnd(text: string, from = 0): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
