import type { YAMLException } from 'js-yaml';
import { Lexer, parseDocument, type YAMLError } from 'yaml';
import type { ProblemCode } from '../problem.ts';
import { maskSecrets } from './mask-document.ts';
import type { SourceText, Span } from './source-text.ts';
import { findStrangeCharacter } from './strange-character.ts';

export interface SyntaxProblem {
  readonly code: ProblemCode;
  readonly span: Span;
  readonly message: string;
  readonly help: string | undefined;
}

/** The second parser needs half a second for each of these many characters. */
const longestExplained = 1024 * 1024;

/**
 * Says why a text is no YAML. The text is refused in any case: a second parser, which knows more ways to put it, is asked
 * for its words alone. Where it finds nothing wrong, or the text is long, the reader's own complaint is shown.
 */
export function explainSyntax(source: SourceText, refusal: YAMLException): SyntaxProblem {
  if (/maxDepth/.test(refusal.reason)) return tooDeep(spanAt(source.text, refusal));
  const strange = strangeCharacterAt(source.text, refusal);
  if (strange !== undefined) return strange;
  const friendly = source.text.length > longestExplained ? undefined : secondOpinion(source);
  return friendly ?? explainRefusal(source, refusal);
}

function secondOpinion(source: SourceText): SyntaxProblem | undefined {
  const document = parseDocument(source.text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: false,
    prettyErrors: false,
    // Not 'silent', which also hides that a second document follows.
    logLevel: 'error',
  });
  maskSecrets(document, source);
  // After the first syntax error the rest of the text is guesswork, and so would be messages about it.
  const [error] = document.errors;
  return error === undefined ? undefined : explain(error, source);
}

/** A control character that no YAML has, or a blank of another kind in a line that cannot be read. */
function strangeCharacterAt(text: string, refusal: YAMLException): SyntaxProblem | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.exec(text);
  if (control !== null && /null byte|non-printable/.test(refusal.reason)) {
    const says = findStrangeCharacter(control[0])?.says ?? 'a control character';
    const help = 'remove it; it came with a copy, or this is no text';
    return {
      code: 'P003',
      span: { start: control.index, end: control.index + 1 },
      message: `the file has ${says}`,
      help,
    };
  }
  // The parser may notice it a line too late.
  const end = Math.min(text.length, (refusal.mark?.position ?? 0) + 1);
  const line = text.lastIndexOf('\n', Math.max(0, end - 2));
  const start = Math.max(0, line - 2_000, text.lastIndexOf('\n', Math.max(0, line - 1)) + 1);
  const blank = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]/.exec(text.slice(start, end));
  if (blank === null) return undefined;
  const says = findStrangeCharacter(blank[0])?.says ?? 'a blank of another kind';
  const at = start + blank.index;
  return {
    code: 'P003',
    span: { start: at, end: at + 1 },
    message: `the line has ${says}`,
    help: 'type a blank in its place',
  };
}

function explainRefusal(source: SourceText, refusal: YAMLException): SyntaxProblem {
  const span = spanAt(source.text, refusal);
  if (/\btab\b/.test(refusal.reason)) return { code: 'P003', span, ...tabs };
  const line = lineAround(source.text, span.start);
  return { code: 'P003', span, message: sentence(refusal.reason), help: helpFor(line) };
}

function spanAt(text: string, { mark }: YAMLException): Span {
  const start = Math.max(0, Math.min(mark?.position ?? 0, text.length - 1));
  return { start, end: start + 1 };
}

const tabs = { message: 'a tab stands where YAML wants spaces', help: 'indent with spaces' } as const;

function tooDeep(span: Span): SyntaxProblem {
  return {
    code: 'P005',
    span,
    message: 'the text is nested too deeply, or its aliases expand too far',
    help: 'write the values out, at most 32 levels deep',
  };
}

function explain(error: YAMLError, source: SourceText): SyntaxProblem {
  const [start, end] = error.pos;
  const span = { start, end: Math.max(end, start + 1) };
  const line = lineAround(source.text, start);
  const unquoted = /(?<!["'])\$\{(?:env|file):[^}"']*\}/.exec(line)?.[0];
  if (unquoted !== undefined) {
    return {
      code: 'P035',
      span,
      message: 'a reference to a secret is not quoted, which breaks a map or list in braces',
      help: `write it in quotes: "${unquoted}"`,
    };
  }
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { code: 'P003', span, ...tabs };
    case 'MULTIPLE_DOCS':
      return {
        code: 'P003',
        span: { start, end: start + 3 },
        message: 'a second document begins here',
        help: 'keep one document in a file; remove ---',
      };
    case 'RESOURCE_EXHAUSTION':
      return tooDeep(span);
    case 'BAD_INDENT':
      return {
        code: 'P003',
        span,
        message: sentence(error.message),
        help: 'align the keys of a map; close every bracket',
      };
    case 'MISSING_CHAR': {
      const quote = /closing .quote/.test(error.message) ? openedQuote(source.text, start) : undefined;
      if (quote === undefined) return { code: 'P003', span, message: sentence(error.message), help: helpFor(line) };
      const help = 'close it in the same line; within "…" a quote is written \\", within \'…\' it is written twice';
      return { code: 'P003', span: { start: quote, end: quote + 1 }, message: 'this quote is never closed', help };
    }
    default:
      return { code: 'P003', span, message: sentence(error.message), help: helpFor(line) };
  }
}

/** Where the quoted text begins that goes on to a place: the text is read again, up to where it was still sound. */
function openedQuote(text: string, until: number): number | undefined {
  const last = [...new Lexer().lex(text.slice(0, until))].findLast((token) => /^["']/.test(token));
  const at = last === undefined ? -1 : text.lastIndexOf(last, until);
  return at === -1 ? undefined : at;
}

function helpFor(line: string): string {
  if (/^\s*-[A-Za-z_]/.test(line)) return 'put a blank after the dash';
  if (/^\s*(?:- )?[A-Za-z_]+:[["'{]/.test(line)) return 'put a blank after the colon';
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
