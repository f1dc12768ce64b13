import { z } from 'zod';
import { type AdminClientOptions, describeAdminFailure, openAdminClient } from '../admin-client.ts';
import type { CliContext, ExitCode } from '../commands.ts';
import { cleanText, countOf, renderTable } from '../table.ts';

export interface DeviceOptions extends AdminClientOptions {
  readonly format: 'text' | 'json';
}

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const fact = z.object({ value: scalar, source: z.string(), as_of: z.string() });
const listed = z.looseObject({
  devices: z.array(
    z.looseObject({ device_id: z.string(), facts: z.number(), sources: z.record(z.string(), z.string()) }),
  ),
  next: z.string().optional(),
});
const shown = z.looseObject({
  device_id: z.string(),
  facts: z.record(z.string(), z.array(fact)),
  postures: z.array(
    z.looseObject({
      posture: z.string(),
      result: z.string(),
      checks: z.array(z.looseObject({ check: z.string(), result: z.string(), value: scalar.optional() })),
    }),
  ),
});
const wasSet = z.looseObject({
  device_id: z.string(),
  facts: z.record(z.string(), fact),
  confirmed: z.looseObject({ workers: z.number(), took_ms: z.number() }).optional(),
});

/** `device list`: every device of which anything is known. */
export async function listDevices(options: DeviceOptions, context: CliContext): Promise<ExitCode> {
  const all: z.infer<typeof listed>['devices'] = [];
  let after = '';
  do {
    const query = after === '' ? '' : `?after=${encodeURIComponent(after)}`;
    const page = await call('GET', `/api/v1/devices${query}`, undefined, listed, options, context);
    if (page === undefined) return 3;
    all.push(...page.devices);
    after = page.next ?? '';
  } while (after !== '');
  const { stdout } = context.output;
  if (options.format === 'json') {
    stdout(`${JSON.stringify({ devices: all }, null, 2)}\n`);
    return 0;
  }
  const rows = all.map(({ device_id, facts, sources }) => [
    device_id,
    String(facts),
    Object.entries(sources)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([source, at]) => `${source} ${at}`)
      .join(', '),
  ]);
  if (rows.length > 0) stdout(renderTable([['DEVICE', 'FACTS', 'LAST SAID'], ...rows]));
  stdout(`${countOf(all.length, 'device')}\n`);
  return 0;
}

/** `device show`: what each source says of a device, and how each posture judges it. */
export async function showDevice(id: string, options: DeviceOptions, context: CliContext): Promise<ExitCode> {
  const device = await call('GET', `/api/v1/devices/${encodeURIComponent(id)}`, undefined, shown, options, context);
  if (device === undefined) return 3;
  const { stdout } = context.output;
  if (options.format === 'json') {
    stdout(`${JSON.stringify(device, null, 2)}\n`);
    return 0;
  }
  const rows = Object.entries(device.facts).flatMap(([name, said]) =>
    said.map(({ value, source, as_of }) => [name, String(value), source, as_of]),
  );
  stdout(
    rows.length === 0
      ? `Nothing is known of ${cleanText(device.device_id)}.\n`
      : renderTable([['FACT', 'VALUE', 'SOURCE', 'AS OF'], ...rows]),
  );
  for (const { posture, result, checks } of device.postures) {
    const open = checks.filter((check) => check.result !== 'pass').map((check) => `${check.check} ${check.result}`);
    stdout(`posture ${cleanText(posture)}: ${result}${open.length === 0 ? '' : ` (${cleanText(open.join(', '))})`}\n`);
  }
  return 0;
}

/** `device set`: facts of the source `admin`. */
export async function setDevice(
  id: string,
  pairs: readonly string[],
  options: DeviceOptions,
  context: CliContext,
): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const facts = readFacts(pairs);
  if (typeof facts === 'string') {
    stderr(`${facts}\n`);
    return 2;
  }
  const path = `/api/v1/devices/${encodeURIComponent(id)}/facts`;
  const answer = await call('PUT', path, facts, wasSet, options, context);
  if (answer === undefined) return 3;
  if (options.format === 'json') {
    stdout(`${JSON.stringify(answer, null, 2)}\n`);
    return 0;
  }
  for (const [name, value] of Object.entries(facts))
    stdout(
      `${cleanText(answer.device_id)}: ${name} ${value === null ? 'taken back' : `= ${cleanText(String(value))}`}\n`,
    );
  const { confirmed } = answer;
  if (confirmed !== undefined)
    stdout(`Acts on the next request; ${countOf(confirmed.workers, 'worker')} confirmed in ${confirmed.took_ms} ms.\n`);
  return 0;
}

/**
 * `name=value` each: true and false, numbers, and text for everything else; `name=` takes back. In quotes it is a text
 * whatever it looks like; so is a version with two dots or more, while 14.10 would be a number that is 14.1.
 */
export function readFacts(
  pairs: readonly string[],
): Readonly<Record<string, string | number | boolean | null>> | string {
  const facts: Record<string, string | number | boolean | null> = {};
  for (const pair of pairs) {
    const [, name, text] = /^([a-z][a-z0-9_]{0,63})=(.*)$/su.exec(pair) ?? [];
    if (name === undefined || text === undefined)
      return `"${cleanText(pair)}" is no fact: write name=value, the name in a-z, 0-9 and _, and nothing after = to take it back.`;
    facts[name] = readValue(name, text);
  }
  return facts;
}

function readValue(name: string, text: string): string | number | boolean | null {
  if (text === '') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  const quoted = /^"(.*)"$/s.exec(text)?.[1];
  if (quoted !== undefined) return quoted;
  // A version such as 14.10 is no number, though it looks like one.
  if (name.endsWith('version')) return text;
  return /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

/** Asks the server; `undefined`: what went wrong was printed on stderr. */
async function call<Output>(
  method: 'GET' | 'PUT',
  path: string,
  body: unknown,
  schema: z.ZodType<Output>,
  options: DeviceOptions,
  context: CliContext,
): Promise<Output | undefined> {
  const { stderr } = context.output;
  const client = await openAdminClient(options, context);
  if (typeof client === 'string') {
    stderr(`${client}\n`);
    return undefined;
  }
  const answer = await client.call(method, path, body);
  if (answer.outcome !== 'answered' || answer.status !== 200) {
    stderr(`${describeAdminFailure(client, answer)}\n`);
    return undefined;
  }
  const parsed = schema.safeParse(answer.body);
  if (!parsed.success) {
    stderr('The server answered in a form that this postern does not know. Use the version that it runs.\n');
    return undefined;
  }
  return parsed.data;
}
