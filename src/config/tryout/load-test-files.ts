import { createHash } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import * as z from 'zod';
import { checkTestList, type TestSubject } from '../check/check-tests.ts';
import { unreadable } from '../check-configuration.ts';
import { documentOf, keepDocument } from '../configuration-document.ts';
import { draftOf } from '../draft.ts';
import { explainIssues, issuePath } from '../explain/explain-issues.ts';
import { shorten, valueAt } from '../explain/explanation.ts';
import { configurationJsonSchema } from '../json-schema.ts';
import type { LoadResult } from '../load-configuration.ts';
import type { KeyPath, Problem } from '../problem.ts';
import { createReporter } from '../reporter.ts';
import { testSchema } from '../schema/test-schema.ts';
import { type Snapshot, servicesOf } from '../snapshot.ts';
import { decodeText } from '../source/decode-text.ts';
import type { LoadPorts } from '../source/dereference.ts';
import { createPlaces } from '../source/places.ts';
import { isTooLarge, readFailure } from '../source/read-bounded-file.ts';
import { readYaml } from '../source/read-yaml.ts';
import { createSourceText } from '../source/source-text.ts';
import { closest } from '../values/closest.ts';
import type { PolicyTest } from './policy-test.ts';

/** Files of tests lie beside the configuration and end so. */
export const testFileEnding = '.postern-test.yaml';
const maxTestFileBytes = 1024 * 1024;
const mostFiles = 1_000;

const testFileSchema = z.strictObject({ tests: z.array(testSchema) });

/** What stands for all test files of a folder among the files of a load: which there are may change, too. */
export function testFilesOf(folder: string): string {
  return join(folder, `*${testFileEnding}`);
}

/** What identifies the list of test files of a folder; the folder of `path`, as `testFilesOf` makes it. */
export function fingerprintOfList(names: readonly string[]): string {
  return createHash('sha256')
    .update(
      names
        .filter((name) => name.endsWith(testFileEnding))
        .sort()
        .join('\n'),
    )
    .digest('hex');
}

/**
 * Adds the tests of the files beside a configuration to its own. Files with errors make the answer one with errors: each
 * problem names its file. Without `ports.listFolder` there are none.
 */
export async function withTestFiles(
  result: LoadResult,
  file: string,
  ports: Pick<LoadPorts, 'readFile' | 'listFolder'>,
): Promise<LoadResult> {
  if (result.outcome === 'refused' || ports.listFolder === undefined) return result;
  const { snapshot } = result;
  const names = await listTestFiles(dirname(resolve(file)), ports.listFolder);
  if (names.length === 0) return result;
  const taken = new Map((snapshot.tests ?? []).map(({ name, at }) => [name, `${at.file}:${at.line}`]));
  const subject = subjectOf(snapshot);
  const tests: PolicyTest[] = [];
  const problems: Problem[] = [];
  for (const name of names) {
    const read = await readTestFile(join(dirname(file), name), ports, subject, taken);
    tests.push(...read.tests);
    problems.push(...read.problems);
  }
  if (problems.some(({ severity }) => severity === 'error')) {
    const isUnreadable = problems.every(({ code }) => code === 'P006');
    return { outcome: 'refused', problems, isUnreadable };
  }
  const whole: Snapshot = Object.freeze({ ...snapshot, tests: Object.freeze([...(snapshot.tests ?? []), ...tests]) });
  const document = documentOf(snapshot);
  if (document !== undefined) keepDocument(whole, document);
  return { ...result, snapshot: whole, warnings: [...result.warnings, ...problems] };
}

async function listTestFiles(
  folder: string,
  listFolder: NonNullable<LoadPorts['listFolder']>,
): Promise<readonly string[]> {
  try {
    const names = (await listFolder(folder)).filter((name) => name.endsWith(testFileEnding));
    return names.sort().slice(0, mostFiles);
  } catch {
    // The configuration itself was read from there: a folder that may not be listed holds no tests for us.
    return [];
  }
}

interface ReadTests {
  readonly tests: readonly PolicyTest[];
  readonly problems: readonly Problem[];
}

/** Reads the tests of one file. @param taken names of tests that there are already. */
async function readTestFile(
  file: string,
  { readFile }: Pick<LoadPorts, 'readFile'>,
  subject: TestSubject,
  taken: Map<string, string>,
): Promise<ReadTests> {
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(file), maxTestFileBytes);
  } catch (thrown) {
    const why = isTooLarge(thrown) ? 'it is larger than 1 MiB' : readFailure(thrown);
    return refuse(file, `the tests cannot be read: ${why}`, 'check who may read the file, or divide it');
  }
  const decoded = decodeText(bytes);
  if (decoded.outcome === 'refused') return refuse(file, `the file of tests ${decoded.why}`, decoded.help);
  const source = createSourceText(file, decoded.text.startsWith('\ufeff') ? decoded.text.slice(1) : decoded.text);
  const yaml = await readYaml(source);
  const reporter = createReporter(source, createPlaces(yaml.places));
  for (const problem of yaml.problems) reporter.reportSpan(problem.span, problem.code, problem.message, problem.help);
  if (yaml.isBroken) return { tests: [], problems: reporter.problems() };
  if (yaml.value === null || yaml.value === undefined) return { tests: [], problems: reporter.problems() };

  const parsed = testFileSchema.safeParse(yaml.value);
  const refused: KeyPath[] = [];
  if (!parsed.success) {
    const show = (path: KeyPath) => showValue(valueAt(yaml.value, path));
    const schema = testFileJsonSchema();
    explainIssues(
      parsed.error.issues,
      { tree: yaml.value, schema, isHidden: () => false, show, meantKeys: new Set() },
      reporter,
    );
    for (const issue of parsed.error.issues) {
      const path = issuePath(issue);
      if (issue.code !== 'unrecognized_keys') refused.push(path);
      else for (const key of issue.keys) refused.push([...path, key]);
    }
  }
  checkTestList(draftOf(yaml.value, refused).tests ?? [], subject, reporter, taken);
  if (!parsed.success || reporter.hasErrors()) return { tests: [], problems: reporter.problems() };
  const tests = parsed.data.tests.map((test, index) => ({
    ...test,
    at: reporter.position(['tests', index, 'name'], 'key'),
  }));
  return { tests, problems: reporter.problems() };
}

function refuse(file: string, message: string, help: string | undefined): ReadTests {
  return { tests: [], problems: unreadable(file, message, help).problems };
}

/** The part of the configuration's schema that a file of tests has. */
function testFileJsonSchema() {
  const schema = configurationJsonSchema();
  const { tests } = schema.properties ?? {};
  return { ...schema, properties: tests === undefined ? {} : { tests }, required: ['tests'] };
}

function showValue(value: unknown): string {
  if (typeof value === 'object' || value === undefined) return 'the value';
  return typeof value === 'string' ? `"${shorten(value)}"` : String(value);
}

function subjectOf(snapshot: Snapshot): TestSubject {
  const { file, routes, providers, postures, networks } = snapshot;
  const names = {
    route: routes.map(({ name }) => name),
    provider: [...providers.keys()],
    posture: [...postures.keys()],
    network: [...(networks?.keys() ?? [])],
    service: servicesOf(snapshot).map(({ id }) => id),
  };
  return {
    routes: new Set(names.route),
    providers,
    services: new Set(names.service),
    warning: new Set([...postures].flatMap(([name, { warnForMs }]) => (warnForMs === undefined ? [] : [name]))),
    postures: new Map([...postures].map(([name, { require }]) => [name, require.map(({ check }) => check)])),
    networks: new Map([...(networks ?? [])].map(([name, { overlaps }]) => [name, overlaps])),
    helpFor(kind, name) {
      const meant = closest(name, names[kind], 3);
      return meant === undefined ? `see the ${kind}s of ${basename(file)}` : `did you mean "${meant}"?`;
    },
  };
}
