import { type AdminCommand, type Asked, askOnce, printJson } from '../admin-command.ts';
import { either, flag, list, number, object, optional, type ShapeOf, table, text } from '../answer-shape.ts';
import type { ExitCode } from '../commands.ts';
import { cleanText, countOf, renderTable } from '../table.ts';

const scalar = either(text, either(number, flag));
const fact = object({ value: scalar, source: text, as_of: text });
const device = object({ device_id: text, facts: number, sources: table(text) });
const listed = object({ devices: list(device), next: optional(text) });
const id = ['<id>', 'the common name of its certificate'] as const;

/** `device list`: every device of which anything is known. */
const listDevices: AdminCommand = {
  name: 'list',
  summary: 'list the devices of which anything is known, with who said something when',
  exitCodes: '0 listed, 3 no server answers.',
  act: printDevices,
};

async function printDevices({ server, options, context }: Asked): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const devices: ShapeOf<typeof device>[] = [];
  let after = '';
  do {
    const query = after === '' ? '' : `?after=${encodeURIComponent(after)}`;
    const reply = await server.ask({ path: `/api/v1/devices${query}`, answer: listed });
    if (reply.outcome === 'failed') {
      stderr(`${reply.why}\n`);
      return 3;
    }
    devices.push(...reply.answer.devices);
    after = reply.answer.next ?? '';
  } while (after !== '');
  if (options.format === 'json') {
    printJson({ devices }, context);
    return 0;
  }
  const rows = devices.map(({ device_id, facts, sources }) => [
    device_id,
    String(facts),
    Object.entries(sources)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([source, at]) => `${source} ${at}`)
      .join(', '),
  ]);
  if (rows.length > 0) stdout(renderTable([['DEVICE', 'FACTS', 'LAST SAID'], ...rows]));
  stdout(`${countOf(devices.length, 'device')}\n`);
  return 0;
}

const shown = object({
  device_id: text,
  facts: table(list(fact)),
  postures: list(
    object({
      posture: text,
      result: text,
      checks: list(object({ check: text, result: text, value: optional(scalar) })),
    }),
  ),
});

/** `device show`: what each source says of a device, and how each posture judges it. */
const showDevice: AdminCommand = {
  name: 'show',
  summary: 'show what each source says of a device, and how each posture judges it',
  arguments: [id],
  exitCodes: '0 shown, 3 no server answers.',
  example: 'postern device show ada-laptop',
  act: askOnce({
    answer: shown,
    question: ({ argument }) => ({ path: `/api/v1/devices/${encodeURIComponent(argument)}` }),
    print({ device_id, facts, postures }, { context: { output } }) {
      const rows = Object.entries(facts).flatMap(([name, said]) =>
        said.map(({ value, source, as_of }) => [name, String(value), source, as_of]),
      );
      output.stdout(
        rows.length === 0
          ? `Nothing is known of ${cleanText(device_id)}.\n`
          : renderTable([['FACT', 'VALUE', 'SOURCE', 'AS OF'], ...rows]),
      );
      for (const { posture, result, checks } of postures) {
        const open = checks.filter((check) => check.result !== 'pass').map((check) => `${check.check} ${check.result}`);
        const which = open.length === 0 ? '' : ` (${cleanText(open.join(', '))})`;
        output.stdout(`posture ${cleanText(posture)}: ${result}${which}\n`);
      }
    },
  }),
};

const wasSet = object({
  device_id: text,
  facts: table(fact),
  confirmed: optional(object({ workers: number, took_ms: number })),
});

/** `device set`: facts of the source `admin`. */
const setDevice: AdminCommand = {
  name: 'set',
  summary: 'set facts of a device with the source admin; they act on the next request',
  arguments: [id, ['<fact=value...>', 'true, false, numbers and text; nothing after = takes a fact back']],
  exitCodes: '0 set, 2 no fact, 3 no server answers or it refused.',
  example: 'postern device set ada-laptop disk_encrypted=false os_version=14.10',
  act: askOnce({
    answer: wasSet,
    question({ argument, more }) {
      const body = readFacts(more);
      if (typeof body === 'string') return body;
      return { method: 'PUT', path: `/api/v1/devices/${encodeURIComponent(argument)}/facts`, body };
    },
    print({ device_id, confirmed }, { more, context: { output } }) {
      const said = cleanText(device_id);
      for (const [name, value] of Object.entries(readFacts(more)))
        output.stdout(`${said}: ${name} ${value === null ? 'taken back' : `= ${cleanText(String(value))}`}\n`);
      if (confirmed === undefined) return;
      const workers = countOf(confirmed.workers, 'worker');
      output.stdout(`Acts on the next request; ${workers} confirmed in ${confirmed.took_ms} ms.\n`);
    },
  }),
};

/** `device list`, `show` and `set`: the devices that the server knows. */
export const knownDevices: readonly AdminCommand[] = [listDevices, showDevice, setDevice];

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
