import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { makeDevelopmentCertificates } from '../../../deploy/demo/development-certificates.ts';
import { buildProgram, type ProgramProcess, startProcess } from '../../support/program-process.ts';
import { startWorld, type World } from '../../support/world.ts';

beforeAll(() => buildProgram(), 120_000);

let world: World | undefined;
let running: ProgramProcess | undefined;

/** A world whose Postern is the built program. `lay` may put the configuration somewhere else first. */
async function start(lay: (file: string) => string = (file) => file) {
  let file = '';
  world = await startWorld({
    async startOutside({ file: written, env, folder }) {
      file = lay(written);
      running = startProcess(['run', '-c', file], env, folder);
      const { tls_port, admin_port } = await running.line('Postern is serving.');
      return { tlsPort: Number(tls_port), plainPort: undefined, adminPort: Number(admin_port) };
    },
  });
  if (running === undefined) throw new Error('The program was not started.');
  return { world, program: running, file };
}

afterEach(async () => {
  running?.child.kill('SIGKILL');
  await running?.exited;
  await world?.close();
  [world, running] = [undefined, undefined];
});

const changed = (text: string, title = 'Our wiki') => text.replace('title: Wiki', `title: ${title}`);
const titles = async (of: World): Promise<readonly string[]> =>
  JSON.parse((await of.admin('/api/v1/routes')).body).routes.map(({ title }: { title: string }) => title);

describe('the running program', () => {
  test('reloads on SIGHUP', async () => {
    const { world, program, file } = await start();
    writeFileSync(file, changed(world.text));
    program.child.kill('SIGHUP');
    await program.line('The configuration was reloaded.');
    expect(await titles(world)).toContain('Our wiki');
  });

  test('reloads by itself when an editor renames a file into place, again and again', async () => {
    const { world, program, file } = await start();
    for (const title of ['First', 'Second']) {
      writeFileSync(`${file}.tmp`, changed(world.text, title));
      renameSync(`${file}.tmp`, file);
      await reloadedTo(program, world, title);
    }
  });

  test('reloads when a ConfigMap turns its link', async () => {
    const { world, program, file } = await start((written) => {
      const mount = join(dirname(written), 'mount');
      mkdirSync(join(mount, '..1'), { recursive: true });
      // Paths of the configuration begin at its own folder.
      const text = readFileSync(written, 'utf8')
        .replace('path: state.db', 'path: ../state.db')
        .replace('path: audit', 'path: ../audit');
      writeFileSync(join(mount, '..1', 'postern.yaml'), text);
      symlinkSync('..1', join(mount, '..data'));
      symlinkSync('..data/postern.yaml', join(mount, 'postern.yaml'));
      return join(mount, 'postern.yaml');
    });
    const mount = dirname(file);
    mkdirSync(join(mount, '..2'));
    writeFileSync(join(mount, '..2', 'postern.yaml'), changed(readFileSync(file, 'utf8')));
    symlinkSync('..2', join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    rmSync(join(mount, '..1'), { recursive: true });
    await reloadedTo(program, world, 'Our wiki');
  });

  test('keeps what runs while a file is half written, and takes the whole one', async () => {
    const { world, program, file } = await start();
    const text = changed(world.text);
    const half = text.indexOf('routes:') + 200;
    writeFileSync(file, text.slice(0, half));
    await program.line('The configuration was not reloaded');
    expect(await titles(world)).toContain('Wiki');
    expect(program.stderr()).toMatch(/error\[P\d+\][\s\S]*Not reloaded: [0-9a-f]{12} goes on running\./);
    appendFileSync(file, text.slice(half));
    await reloadedTo(program, world, 'Our wiki');
  });

  test('hears of a file of tests that comes: one that fails keeps the next configuration from running', async () => {
    const { world, program, file } = await start();
    const tests = join(dirname(file), 'wiki.postern-test.yaml');
    writeFileSync(tests, 'tests:\n  - { name: all read the wiki, given: { groups: [] }, accept: [wiki] }\n');
    const refused = await program.line('The configuration was not reloaded');
    expect(refused).toMatchObject({ trigger: 'file_change', because: 'check' });
    expect(String(refused['detail'])).toContain('all read the wiki');
    rmSync(tests);
    writeFileSync(file, changed(world.text));
    await program.line('The configuration was reloaded.');
    expect(await titles(world)).toContain('Our wiki');
  });

  test('shows a renewed certificate to the next connection', async () => {
    const { world, program } = await start();
    const port = Number(world.addresses.tlsPort);
    const before = await serialAt(port);
    const { certificate, key } = world.certificates.server;
    const renewed = await makeDevelopmentCertificates(join(world.folder, 'renewed'), {
      hosts: [
        'localhost',
        ...['wiki', 'dashboard', 'payroll', 'console', 'public', 'auth', 'other'].map((name) => `${name}.localhost`),
      ],
      apps: [],
      devices: [],
    });
    // One after the other, as certbot does: in between they do not belong together.
    renameSync(renewed.server.certificate, certificate);
    renameSync(renewed.server.key, key);
    await program.line('The configuration was reloaded.');
    expect(await serialAt(port)).not.toBe(before);
  });
});

async function reloadedTo(program: ProgramProcess, of: World, title: string): Promise<void> {
  await program.line('The configuration was reloaded.');
  const deadline = Date.now() + 10_000;
  while (!(await titles(of)).includes(title)) {
    if (Date.now() > deadline)
      throw new Error(`The title never became ${title}.\n${program.stdout()}\n${program.stderr()}`);
  }
}

function serialAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'wiki.localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
