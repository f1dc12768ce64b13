import { writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parseEnv } from 'node:util';
import { parse as parseToml, TomlError } from 'smol-toml';
import { parse as parseYaml, YAMLError } from 'yaml';
import { formatYaml } from '../../config/format/format-yaml.ts';
import { isRecord } from '../../config/is-record.ts';
import { compileConfiguration } from '../../config/load-configuration.ts';
import { renderProblems } from '../../config/render-problems.ts';
import { decodeText } from '../../config/source/decode-text.ts';
import { readFailure } from '../../config/source/read-bounded-file.ts';
import type { CliContext, ExitCode } from '../commands.ts';
import { cleanText } from '../table.ts';
import { type Draft, NotImportable, type Remark } from './draft.ts';
import { writeDraft } from './write-draft.ts';

/** Another product's configuration, as plain data. */
export type Source = Readonly<Record<string, unknown>>;

const maxBytes = 4 * 1024 * 1024;

/** Reads files of another product, one over the other, and writes what they come to, or prints it. */
export async function importFiles(
  files: readonly string[],
  out: string | undefined,
  read: (source: Source) => Draft,
  context: CliContext,
): Promise<ExitCode> {
  const { output } = context;
  let source: Source = {};
  for (const file of files) {
    const text = await readText(file, context);
    if (text === undefined) return 3;
    const parsed = parseSource(file, text);
    if ('why' in parsed) {
      output.stderr(`${cleanText(file)} cannot be read: ${cleanText(parsed.why)}\n`);
      return 1;
    }
    source = { ...source, ...parsed.source };
  }
  let draft: Draft;
  try {
    draft = read(source);
  } catch (thrown) {
    if (!(thrown instanceof NotImportable)) throw thrown;
    output.stderr(`${files.map(cleanText).join(', ')}: ${thrown.message}\n`);
    return 1;
  }
  const text = tidy(writeDraft(draft));
  if (out === undefined) output.stdout(text);
  else {
    try {
      await writeFile(out, text, { flag: 'wx' });
    } catch (thrown) {
      output.stderr(`${cleanText(out)} cannot be written: ${readFailure(thrown)}. Nothing is written over.\n`);
      return 3;
    }
  }
  output.stderr(summaryOf(draft, out));
  return checkResult(text, out ?? '<import>', context);
}

/** What came out is checked as a draft: a value that Postern does not take is for a person to mend. */
async function checkResult(text: string, file: string, { ports, output }: CliContext): Promise<ExitCode> {
  const result = await compileConfiguration(text, ports, { file, folder: '.', isDraft: true });
  if (result.outcome === 'loaded') return 0;
  const errors = result.problems.filter(({ severity }) => severity === 'error');
  output.stderr(`${renderProblems(errors, { color: output.stderrColor === true })}\nMend this by hand.\n`);
  return 1;
}

async function readText(file: string, { ports, output }: CliContext): Promise<string | undefined> {
  try {
    const decoded = decodeText(await ports.readFile(file, maxBytes));
    if (decoded.outcome === 'text') return decoded.text;
    output.stderr(`${cleanText(file)} ${decoded.why}; ${decoded.help}.\n`);
  } catch (thrown) {
    output.stderr(`${cleanText(file)} cannot be read: ${readFailure(thrown)}.\n`);
  }
  return undefined;
}

/** The file as plain data. The words of a parser name lines, and quote nothing that might be a secret. */
function parseSource(file: string, text: string): { readonly source: Source } | { readonly why: string } {
  const extension = extname(file).toLowerCase();
  try {
    if (extension === '.env') return { source: fromEnvironment(parseEnv(text)) };
    // Go's YAML knows merge keys, and so do the files that were written for it.
    const data: unknown = ['.yaml', '.yml', '.json'].includes(extension)
      ? parseYaml(text, { merge: true, prettyErrors: false, logLevel: 'error' })
      : parseToml(text);
    return isRecord(data) ? { source: data } : { why: 'it holds no keys.' };
  } catch (thrown) {
    if (thrown instanceof TomlError) return { why: `it is not TOML, line ${thrown.line}, column ${thrown.column}.` };
    if (thrown instanceof YAMLError)
      return { why: `it is not YAML, line ${text.slice(0, thrown.pos[0]).split('\n').length}.` };
    if (thrown instanceof ReferenceError) return { why: 'its aliases expand too far.' };
    throw thrown;
  }
}

/** `OAUTH2_PROXY_EMAIL_DOMAINS` is `email_domains`. */
function fromEnvironment(variables: NodeJS.Dict<string>): Source {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) =>
      name.startsWith('OAUTH2_PROXY_') ? [[name.slice('OAUTH2_PROXY_'.length).toLowerCase(), value]] : [],
    ),
  );
}

/** In the format that `postern fmt` keeps, where it takes it. */
function tidy(text: string): string {
  const formatted = formatYaml('<import>', text);
  return formatted.outcome === 'refused' ? text : formatted.text;
}

function summaryOf(draft: Draft, out: string | undefined): string {
  const remarks = [
    ...draft.remarks,
    ...draft.serverRemarks,
    ...draft.providers.flatMap((provider) => provider.remarks),
    ...draft.routes.flatMap((route) => [...route.remarks, ...route.rules.flatMap((rule) => rule.remarks)]),
  ];
  const of = (kind: Remark['kind']) => remarks.filter((remark) => remark.kind === kind).length;
  const rules = draft.routes.flatMap((route) => route.rules).filter((rule) => rule.keys.mode !== 'off').length;
  const check = `postern validate --draft ${out === undefined ? 'FILE' : cleanText(out)}`;
  return `${count(draft.routes.length, 'route')} and ${count(rules, 'rule')} translated; ${of('note')} with a note, ${of('left_out')} left out, ${of('replace')} to be filled in: look for NOTE, LEFT OUT and REPLACE in the file.\nThen: ${check}\n`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
