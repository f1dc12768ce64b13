import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { getRequest } from '../../support/wire-proxy.ts';
import { createWire } from '../../support/wire-stage.ts';

const wire = createWire(afterEach);

let urls: (string | undefined)[];

beforeEach(async () => {
  urls = [];
  await wire.open((request, response) => {
    urls.push(request.url);
    response.end();
  });
});

test('the canonical target is what goes up', async () => {
  for (const path of ['/%61?x=%2f..//&y', 'http://app.example/abs', '/a/http:/b?http://c'])
    await wire.send(getRequest(path));
  expect(urls).toEqual(['/a?x=%2f..//&y', '/abs', '/a/http:/b?http://c']);
});

test('what is ambiguous reaches no upstream', async () => {
  for (const path of ['//evil.example/x', '/a/../b', 'http://evil.example/abs', '*', '/a#b', '/a\\b']) {
    expect(await wire.send(getRequest(path))).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect(urls).toEqual([]);
});

test('the upstream gets the public host and its port', async () => {
  let host: string | undefined;
  wire.upstream.server.on('request', (request) => {
    host = request.headers.host;
  });
  await wire.send(getRequest('/', [], 'App.Example.:8443'));
  expect(host).toBe('app.example:8443');
});
