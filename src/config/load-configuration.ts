import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { checkCertificateHosts } from './check/check-certificate-hosts.ts';
import type { CheckContext } from './check/check-context.ts';
import { checkNames } from './check/check-names.ts';
import { checkProviders } from './check/check-providers.ts';
import { checkReferences } from './check/check-references.ts';
import { checkRoutes } from './check/check-routes.ts';
import { checkServer } from './check/check-server.ts';
import { compileSnapshot } from './compile/compile-snapshot.ts';
import { loadTlsFiles } from './compile/load-tls-files.ts';
import { keepDocument } from './configuration-document.ts';
import { draftOf } from './draft.ts';
import { explainIssues, issuePath } from './explain/explain-issues.ts';
import { shorten, valueAt } from './explain/explanation.ts';
import { configurationJsonSchema } from './json-schema.ts';
import { type KeyPath, type Problem, pathKey } from './problem.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { isHidden, type LoadPorts, type Resolved, resolveReferences } from './resolve-references.ts';
import { configurationSchema } from './schema/configuration-schema.ts';
import type { Snapshot } from './snapshot.ts';
import { decodeText, maxConfigurationBytes } from './source/decode-text.ts';
import { maskSecretLines, maskSecrets } from './source/mask-secrets.ts';
import { parseYaml } from './source/parse-yaml.ts';
import { readFailure } from './source/read-bounded-file.ts';
import { readTree } from './source/read-tree.ts';
import { createSourceText, type SourceText } from './source/source-text.ts';

export type { LoadPorts } from './resolve-references.ts';

export type LoadResult =
  | { readonly outcome: 'loaded'; readonly snapshot: Snapshot; readonly warnings: readonly Problem[] }
  /** Nothing is loaded. Errors and warnings in order of position; `isUnreadable` when there was no text to check at all. */
  | { readonly outcome: 'refused'; readonly problems: readonly Problem[]; readonly isUnreadable: boolean };

export interface CompileOptions {
  /** Named in messages and positions. Default `<config>`. */
  readonly file?: string;
  /** Relative paths of the configuration begin here. */
  readonly folder: string;
  /** `middleware`: no listeners needed, `to: next` known. Default `server`. */
  readonly shape?: 'server' | 'middleware';
  /** Secrets that a program handed over: `"${given:NAME}"` stands for them. */
  readonly given?: ReadonlyMap<string, string>;
}

/** Reads, checks and compiles a configuration file. `file` is shown in messages as it is written here. */
export async function loadConfiguration(
  file: string,
  ports: LoadPorts,
  options: Pick<CompileOptions, 'shape'> = {},
): Promise<LoadResult> {
  let bytes: Buffer;
  try {
    bytes = await ports.readFile(resolve(file), maxConfigurationBytes);
  } catch (thrown) {
    return unreadable(
      file,
      `the configuration cannot be read: ${readFailure(thrown)}`,
      'check the path and who may read it',
    );
  }
  const decoded = decodeText(bytes);
  if (decoded.outcome === 'refused') return unreadable(file, `the configuration ${decoded.why}`, decoded.help);
  return compileConfiguration(decoded.text, ports, { ...options, file, folder: dirname(resolve(file)) });
}

/** Checks and compiles a configuration text. All problems are found in one pass, whatever their kind. */
export async function compileConfiguration(
  text: string,
  ports: LoadPorts,
  options: CompileOptions,
): Promise<LoadResult> {
  const file = options.file ?? '<config>';
  if (Buffer.byteLength(text) > maxConfigurationBytes)
    return unreadable(file, 'the configuration is larger than 5 MB', undefined);
  const source = createSourceText(file, text.startsWith('\ufeff') ? text.slice(1) : text);
  const yaml = parseYaml(source);
  maskSecrets(yaml.document, source);
  if (yaml.isBroken) maskSecretLines(source);
  const tree = yaml.isBroken
    ? { value: undefined, places: new Map(), problems: [] }
    : readTree(yaml.document, source.text.length);
  const reporter = createReporter(source, tree.places);
  for (const problem of yaml.problems) reporter.reportSpan(problem.span, problem.code, problem.message, problem.help);
  for (const problem of tree.problems) reporter.reportSpan(problem.span, problem.code, problem.message, problem.help);
  if (yaml.isBroken || (tree.value === undefined && tree.problems.length > 0)) return refused(reporter);
  if (tree.value === null || tree.value === undefined)
    return unreadable(file, 'the configuration is empty', 'begin with: version: 1');

  const resolved = await resolveReferences(tree.value, options.folder, ports, options.given ?? new Map());
  reporter.hide(resolved.values);
  for (const problem of resolved.problems)
    reporter.report(problem.path, problem.code, problem.message, { help: problem.help });
  return compileTree(source, resolved, tree.value, reporter, ports, options);
}

async function compileTree(
  source: SourceText,
  resolved: Resolved,
  written: unknown,
  reporter: Reporter,
  ports: LoadPorts,
  options: CompileOptions,
): Promise<LoadResult> {
  const parsed = configurationSchema.safeParse(resolved.value);
  const refusedPaths: KeyPath[] = resolved.problems.map((problem) => problem.path);
  if (!parsed.success) {
    const hidden = (path: KeyPath) => isHidden(path, resolved.references);
    const context = {
      tree: resolved.value,
      schema: configurationJsonSchema(),
      isHidden: hidden,
      show: (path: KeyPath) => show(path, resolved, hidden(path)),
      meantKeys: new Set<string>(),
    };
    explainIssues(parsed.error.issues, context, reporter);
    for (const issue of parsed.error.issues) {
      const path = issuePath(issue);
      if (issue.code === 'unrecognized_keys') refusedPaths.push(...issue.keys.map((key) => [...path, key]));
      else refusedPaths.push(path);
    }
  }
  const context: CheckContext = {
    draft: draftOf(resolved.value, refusedPaths),
    reporter,
    shape: options.shape ?? 'server',
  };
  checkServer(context);
  checkNames(context);
  checkReferences(context);
  checkProviders(context);
  checkRoutes(context);
  const files = await loadTlsFiles(context, options.folder, ports);
  checkCertificateHosts(context, files.leaves);

  const problems = reporter.problems();
  if (!parsed.success || problems.some((problem) => problem.severity === 'error')) return refused(reporter);
  const snapshot = compileSnapshot(parsed.data, {
    file: source.file,
    hash: createHash('sha256').update(source.text).digest('hex'),
    folder: options.folder,
    files,
    positionOf: (path) => reporter.position(path, 'key'),
  });
  keepDocument(snapshot, { configuration: parsed.data, written });
  return { outcome: 'loaded', snapshot, warnings: problems };
}

function show(path: KeyPath, resolved: Resolved, hidden: boolean): string {
  const reference = resolved.references.get(pathKey(path));
  if (reference !== undefined) return `the value of ${shorten(reference)}`;
  const value = valueAt(resolved.value, path);
  if (hidden || typeof value === 'object' || value === undefined) return 'the value';
  return typeof value === 'string' ? `"${shorten(value)}"` : String(value);
}

function refused(reporter: Reporter): LoadResult {
  return { outcome: 'refused', problems: reporter.problems(), isUnreadable: false };
}

function unreadable(file: string, message: string, help: string | undefined): LoadResult {
  const at = { file, line: 1, column: 1 };
  return {
    outcome: 'refused',
    problems: [{ code: 'P006', severity: 'error', at, message, help, frame: undefined }],
    isUnreadable: true,
  };
}
