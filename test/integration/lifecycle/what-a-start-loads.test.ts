import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { buildProgram } from '../../support/program-process.ts';

const program = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** Says which packages, and which parts of Node, are loaded once a worker's program is. */
const listLoaded = `
import { registerHooks } from 'node:module';
const packages = new Set();
registerHooks({
  load(url, context, next) {
    packages.add(/.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]);
    return next(url, context);
  },
});
await import(${JSON.stringify(`${program}compose.js`)});
process.stdout.write(JSON.stringify({ packages: [...packages], parts: process.moduleLoadList }));
`;

let loaded: { readonly packages: readonly string[]; readonly parts: readonly string[] };

beforeAll(async () => {
  await buildProgram();
  loaded = JSON.parse(
    execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', listLoaded], {
      encoding: 'utf8',
      maxBuffer: 10_000_000,
    }),
  );
});

test.each([
  ['the admin listener, the sign-in host', 'express'],
  ['scrapes', 'prom-client'],
  ['revocation lists', '@peculiar/asn1-x509'],
  ['tunnels', 'http-proxy'],
  ['zones of time', 'luxon'],
  ['regular expressions', 're2js'],
  ['maps of addresses', 'mmdb-lib'],
])('what only %s need waits until they are there: %s', (_who, name) => {
  expect(loaded.packages).toContain('undici');
  expect(loaded.packages).not.toContain(name);
});

test("Node's own undici stays out, which an import of node:http would bring", () => {
  expect(loaded.parts).toContain('NativeModule http');
  expect(loaded.parts.filter((part) => part.includes('deps/undici'))).toEqual([]);
});
