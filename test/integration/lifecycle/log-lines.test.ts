import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildProgram, type ProgramProcess, startProcess } from '../../support/program-process.ts';
import { startWorld, type World } from '../../support/world.ts';

const page = fileURLToPath(new URL('../../../docs/operating.md', import.meta.url));
const shown = /(\n## Logs\n[\s\S]*?```json\n)([\s\S]*?)(```)/;

let world: World;
let program: ProgramProcess | undefined;

beforeAll(async () => {
  await buildProgram();
  world = await startWorld({
    server: '  workers: 1',
    async startOutside({ file, env, folder }) {
      program = startProcess(['run', '-c', file], env, folder);
      const { tls_port, admin_port } = await program.line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
    },
  });
}, 120_000);
afterAll(async () => {
  program?.child.kill('SIGKILL');
  await program?.exited;
  await world?.close();
});

/** Of the lines of a run, those that the page shows. */
const told = [
  'Postern is serving.',
  '"outcome":"deny"',
  '"msg":"refused"',
  'The configuration was not reloaded',
  'Stopping:',
  'Stopped.',
];

/** What another run, another machine or another version says otherwise. */
function withoutChance(line: string): string {
  return JSON.stringify(JSON.parse(line), (key, value: unknown) => {
    if (['time', 'pid', 'hostname', 'version', 'config', 'tls_port', 'admin_port'].includes(key)) return typeof value;
    if (key === 'decision_id') return String(value).replace(/[0-9A-Z]{26}$/, '…');
    return value;
  });
}

test('the log that docs/operating.md shows is what the program writes, each no with its decision', async () => {
  if (program === undefined) throw new Error('The program was not started.');
  const lin = world.browser();
  const denied = await world.signIn(lin, world.url('payroll', '/payslips?month=4'), 'lin');
  const refused = await lin.send(world.url('wiki', '/a//b'));
  writeFileSync(`${world.file}.next`, world.text.replace('title: Wiki', 'titel: Wiki'));
  renameSync(`${world.file}.next`, world.file);
  await program.line('The configuration was not reloaded');
  program.child.kill('SIGTERM');
  expect(await program.exited).toBe(0);

  const port = new URL(world.url('auth')).port;
  const written = program
    .stdout()
    .replaceAll(`auth.localhost:${port}`, 'auth.corp.example')
    .replaceAll(`${world.folder}/`, '')
    .trim()
    .split('\n');
  for (const { headers } of [denied, refused]) expect(written.join()).toContain(String(headers['postern-decision-id']));
  const lines = told.map((text) => written.find((line) => line.includes(text)) ?? `{"msg":"Nobody wrote ${text}"}`);
  if (process.env['UPDATE_DOCS'] === '1') {
    const before = readFileSync(page, 'utf8');
    writeFileSync(
      page,
      before.replace(shown, (_all, head, _old, end) => `${head}${lines.join('\n')}\n${end}`),
    );
  }
  const [, , block = ''] = shown.exec(readFileSync(page, 'utf8')) ?? [];
  expect(block.trim().split('\n').map(withoutChance)).toEqual(lines.map(withoutChance));
});
