import { createHash } from 'node:crypto';
import { checkCertificateHosts } from './check/check-certificate-hosts.ts';
import { checkConditions } from './check/check-conditions.ts';
import type { CheckContext } from './check/check-context.ts';
import { checkDevices } from './check/check-devices.ts';
import { checkFileAccess } from './check/check-file-access.ts';
import { checkHours } from './check/check-hours.ts';
import { checkNames } from './check/check-names.ts';
import { checkProviders } from './check/check-providers.ts';
import { checkReferences } from './check/check-references.ts';
import { checkRoutes } from './check/check-routes.ts';
import { checkSegments } from './check/check-segments.ts';
import { checkServer } from './check/check-server.ts';
import { checkServices } from './check/check-services.ts';
import { checkTests } from './check/check-tests.ts';
import { lintConfiguration } from './check/lint/lint-configuration.ts';
import { stepUpMethodsOf } from './compile/compile-route.ts';
import { compileProvider } from './compile/compile-snapshot.ts';
import { loadPictures, type Pictures } from './compile/load-pictures.ts';
import { loadTlsFiles, type TlsFiles } from './compile/load-tls-files.ts';
import { draftOf } from './draft.ts';
import { portsOfDraft } from './draft-ports.ts';
import { explainIssues, issuePath } from './explain/explain-issues.ts';
import { shorten, valueAt } from './explain/explanation.ts';
import { configurationJsonSchema } from './json-schema.ts';
import { type KeyPath, type Problem, pathKey } from './problem.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { isHidden, type Resolved, resolveReferences } from './resolve-references.ts';
import { type Configuration, configurationSchema } from './schema/configuration-schema.ts';
import { maxConfigurationBytes, tooLarge } from './source/decode-text.ts';
import type { LoadPorts } from './source/dereference.ts';
import { createPlaces, type PlaceTable } from './source/places.ts';
import { readYaml } from './source/read-yaml.ts';
import { createSourceText } from './source/source-text.ts';

export interface CompileOptions {
  /** Named in messages and positions. Default `<config>`. */
  readonly file?: string;
  /** Relative paths of the configuration begin here. */
  readonly folder: string;
  /** `middleware`: no listeners needed, `to: next` known. Default `server`. */
  readonly shape?: 'server' | 'middleware';
  /** True for what is only looked at: its references are not resolved and its files not opened. Default: false. */
  readonly isDraft?: boolean | undefined;
  /** Secrets that a program handed over: `"${given:NAME}"` stands for them. */
  readonly given?: ReadonlyMap<string, string>;
}

/** Nothing is loaded. Errors and warnings in order of position; `isUnreadable` when there was no text to check at all. */
export interface Refused {
  readonly outcome: 'refused';
  readonly problems: readonly Problem[];
  readonly isUnreadable: boolean;
}

/** A configuration without errors, and all that compiling it needs. */
export interface Sound {
  readonly outcome: 'sound';
  readonly configuration: Configuration;
  /** What the configuration was parsed from, references replaced: plain data, as in the file. */
  readonly resolved: unknown;
  /** The references that were replaced, by path key, as they were written. */
  readonly references: Resolved['references'];
  readonly files: TlsFiles;
  readonly pictures: Pictures;
  readonly places: PlaceTable;
  readonly lineStarts: Int32Array<ArrayBuffer>;
  readonly hash: string;
  readonly warnings: readonly Problem[];
}

/** Reads and checks a configuration text. All problems are found in one pass, whatever their kind. */
export async function checkConfiguration(
  text: string,
  ports: LoadPorts,
  options: CompileOptions,
): Promise<Sound | Refused> {
  const file = options.file ?? '<config>';
  if (text.length > maxConfigurationBytes || Buffer.byteLength(text) > maxConfigurationBytes)
    return unreadable(file, `the configuration ${tooLarge.why}`, tooLarge.help);
  const source = createSourceText(file, text.startsWith('\ufeff') ? text.slice(1) : text);
  const yaml = await readYaml(source);
  const reporter = createReporter(source, createPlaces(yaml.places));
  for (const problem of yaml.problems) reporter.reportSpan(problem.span, problem.code, problem.message, problem.help);
  if (yaml.isBroken || (yaml.value === undefined && yaml.problems.length > 0)) return refused(reporter);
  if (yaml.value === null || yaml.value === undefined)
    return unreadable(file, 'the configuration is empty', 'begin with: version: 1');

  const reading = options.isDraft === true ? portsOfDraft(ports) : ports;
  const resolved = await resolveReferences(yaml.value, options.folder, reading, options.given ?? new Map());
  reporter.hide(resolved.values);
  for (const problem of resolved.problems)
    reporter.report(problem.path, problem.code, problem.message, { help: problem.help });
  const tree = await checkTree(resolved, reporter, ports, options);
  if (tree === undefined) return refused(reporter);
  return {
    outcome: 'sound',
    ...tree,
    resolved: resolved.value,
    references: resolved.references,
    places: yaml.places,
    lineStarts: source.lineStarts,
    hash: createHash('sha256').update(source.text).digest('hex'),
    warnings: reporter.problems(),
  };
}

async function checkTree(
  resolved: Resolved,
  reporter: Reporter,
  ports: LoadPorts,
  options: CompileOptions,
): Promise<Pick<Sound, 'configuration' | 'files' | 'pictures'> | undefined> {
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
      if (issue.code !== 'unrecognized_keys') refusedPaths.push(path);
      else for (const key of issue.keys) refusedPaths.push([...path, key]);
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
  checkTests(context);
  checkRoutes(context);
  checkHours(context);
  checkConditions(context);
  checkSegments(context);
  checkServices(context);
  checkDevices(context);
  const files = options.isDraft === true ? noFiles : await loadTlsFiles(context, options.folder, ports);
  const pictures: Pictures = options.isDraft === true ? new Map() : await loadPictures(context, options.folder, ports);
  if (options.isDraft !== true) {
    checkCertificateHosts(context, files.leaves);
    await checkFileAccess(context, resolved.secretFiles, options.folder, ports);
  }

  if (!parsed.success || reporter.hasErrors()) return undefined;
  const configuration = parsed.data;
  lintConfiguration(configuration, stepUpMethodsOf(configuration.identity_providers.map(compileProvider)), reporter);
  return { configuration, files, pictures };
}

const noFiles: TlsFiles = { tls: undefined, upstreams: new Map(), leaves: [] };

function show(path: KeyPath, resolved: Resolved, hidden: boolean): string {
  const reference = resolved.references.get(pathKey(path));
  if (reference !== undefined) return `the value of ${shorten(reference)}`;
  const value = valueAt(resolved.value, path);
  if (hidden || typeof value === 'object' || value === undefined) return 'the value';
  return typeof value === 'string' ? `"${shorten(value)}"` : String(value);
}

function refused(reporter: Reporter): Refused {
  return { outcome: 'refused', problems: reporter.problems(), isUnreadable: false };
}

/** The answer when there is no text to check. */
export function unreadable(
  file: string,
  message: string,
  help: string | undefined,
  place = { line: 1, column: 1 },
): Refused {
  const at = { file, ...place };
  return {
    outcome: 'refused',
    problems: [{ code: 'P006', severity: 'error', at, message, help, frame: undefined }],
    isUnreadable: true,
  };
}
