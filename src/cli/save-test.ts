import { basename, dirname, join, resolve } from 'node:path';
import { appendTest, type WrittenTest } from '../config/format/append-test.ts';
import { loadConfiguration } from '../config/load-configuration.ts';
import type { Snapshot } from '../config/snapshot.ts';
import { decodeText, maxConfigurationBytes } from '../config/source/decode-text.ts';
import { readFailure } from '../config/source/read-bounded-file.ts';
import { testFileEnding, withTestFiles } from '../config/tryout/load-test-files.ts';
import { runTests } from '../config/tryout/run-tests.ts';
import type { Decision } from '../decision/decision.ts';
import type { CliContext, ExitCode } from './commands.ts';
import { withMark, writeEdited } from './edited-file.ts';
import { cleanText } from './table.ts';
import { type Asked, readPairs, type WhatIfFlags } from './whatif-flags.ts';

/** A question, its answer, and where it is to be kept. */
export interface TestToSave {
  /** The configuration that gave the answer. */
  readonly config: string;
  /** A file of tests beside it; `undefined`: the configuration itself. */
  readonly file: string | undefined;
  readonly flags: WhatIfFlags;
  readonly asked: Asked;
  readonly decision: Decision;
  /** What the answer depends on that was not given. */
  readonly dependsOn: readonly string[];
}

/** Keeps a question and its answer as a test. 1: the answer is none that a test could hold to; 2: not a file of tests; 3: the file cannot be written. */
export async function saveTest(toSave: TestToSave, context: CliContext): Promise<ExitCode> {
  const { output } = context;
  const { config, decision, asked, dependsOn: open } = toSave;
  if (decision.outcome === 'sign_in' || open.length > 0) {
    const why = open.length === 0 ? 'it asks for a sign-in' : `the answer depends on ${open.join(', ')}: give that too`;
    output.stderr(`Not saved: ${why}.\n`);
    return 1;
  }
  const target = toSave.file ?? config;
  const isBeside = dirname(resolve(target)) === dirname(resolve(config)) && basename(target).endsWith(testFileEnding);
  if (toSave.file !== undefined && !isBeside) {
    const example = join(dirname(config), `${asked.route.name}${testFileEnding}`);
    output.stderr(`Tests are read from files beside the configuration that end in ${testFileEnding}: ${example}\n`);
    return 2;
  }
  const all = await loadWithTests(config, context);
  if (typeof all === 'number') return all;
  const before = await readText(target, context);
  if (before === undefined && toSave.file === undefined) return 3;
  const test = writtenTest(toSave, new Set((all.tests ?? []).map(({ name }) => name)));
  const appended = appendTest(before ?? '', test);
  if (appended.outcome === 'refused') {
    output.stderr(`Not saved in ${target}. ${appended.why}\n`);
    return 1;
  }
  const line = await proveTest(appended.text, target, String(test['name']), config, context);
  if (line === undefined) {
    output.stderr(`Not saved: as a test the question does not come out as it did here.\n`);
    return 1;
  }
  return writeEdited(
    {
      file: target,
      before,
      now: await readText(target, context),
      text: appended.text,
      done: `saved the test "${cleanText(String(test['name']))}" at ${target}:${line}`,
    },
    context,
  );
}

async function loadWithTests(config: string, { ports, output }: CliContext): Promise<Snapshot | 1> {
  const loaded = await withTestFiles(await loadConfiguration(config, ports, { isDraft: true }), config, ports);
  if (loaded.outcome === 'loaded') return loaded.snapshot;
  output.stderr(`Not saved: the tests that there are have errors. postern validate ${config} says which.\n`);
  return 1;
}

function writtenTest({ flags, asked, decision }: TestToSave, taken: ReadonlySet<string>): WrittenTest {
  const { route, method, path } = asked;
  const pairs = readPairs(flags);
  const given = without({
    provider: flags.provider,
    service: flags.service,
    user: flags.user,
    groups: flags.groups === undefined ? undefined : (asked.given.groups ?? []),
    ...(typeof pairs === 'string' ? {} : pairs),
    risk: flags.risk === undefined ? undefined : Number(flags.risk),
    network: flags.network,
    address: flags.ip,
    now: flags.now,
  });
  const request = without({
    method: method === 'GET' ? undefined : method,
    path: isPathGiven(flags) ? path : undefined,
  });
  return without({
    name: nameOf(flags, asked, decision, taken),
    given: isEmpty(given) ? undefined : given,
    request: isEmpty(request) ? undefined : request,
    ...expectation(route.name, decision),
  });
}

function expectation(route: string, { outcome, reason }: Decision): WrittenTest {
  if (outcome === 'deny') return { deny: { [route]: reason } };
  return outcome === 'allow' ? { accept: [route] } : { step_up: [route] };
}

function nameOf(flags: WhatIfFlags, asked: Asked, { outcome, reason }: Decision, taken: ReadonlySet<string>): string {
  const who =
    flags.user ??
    (flags.groups === undefined || flags.groups === '' ? 'somebody' : flags.groups.replaceAll(',', ' and '));
  const request = `${asked.method === 'GET' ? '' : `${asked.method} `}${isPathGiven(flags) ? `${asked.path} of ` : ''}${asked.route.name}`;
  const end = outcome === 'allow' ? 'opens' : outcome === 'step_up' ? 'asks for a step-up' : `is denied: ${reason}`;
  const name = `${who}: ${request} ${end}`.slice(0, 180);
  let free = name;
  for (let count = 2; taken.has(free); count += 1) free = `${name} (${count})`;
  return free;
}

/** A path that nobody named is the route's own, in the test too. */
function isPathGiven({ path, url }: WhatIfFlags): boolean {
  return path !== undefined || url !== undefined;
}

function without(values: Readonly<Record<string, unknown>>): WrittenTest {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

/** Loads everything as if the text were written, and runs the new test. Its line; `undefined` when it does not pass. */
async function proveTest(
  text: string,
  target: string,
  name: string,
  config: string,
  { ports }: CliContext,
): Promise<number | undefined> {
  const path = resolve(target);
  const proposed: CliContext['ports'] = {
    ...ports,
    readFile: async (file, maxBytes) => (resolve(file) === path ? Buffer.from(text) : ports.readFile(file, maxBytes)),
    listFolder: async (folder) => {
      const names = (await ports.listFolder?.(folder)) ?? [];
      return resolve(folder) === dirname(path) ? [...new Set([...names, basename(path)])] : names;
    },
  };
  const loaded = await withTestFiles(await loadConfiguration(config, proposed, { isDraft: true }), config, proposed);
  if (loaded.outcome === 'refused') return undefined;
  const [test] = (loaded.snapshot.tests ?? []).filter((one) => one.name === name);
  if (test === undefined) return undefined;
  const [result] = runTests(loaded.snapshot, ports.now(), [test]);
  return result?.passed === true ? test.at.line : undefined;
}

/** With its byte order mark, which decoding drops; `undefined` when there is no such file, or it cannot be read. */
async function readText(file: string, { ports, output }: CliContext): Promise<string | undefined> {
  try {
    const bytes = await ports.readFile(file, maxConfigurationBytes);
    const decoded = decodeText(bytes);
    if (decoded.outcome === 'refused') return undefined;
    return withMark(bytes, decoded.text);
  } catch (thrown) {
    if (!file.endsWith(testFileEnding)) output.stderr(`${file} cannot be read: ${readFailure(thrown)}.\n`);
    return undefined;
  }
}
