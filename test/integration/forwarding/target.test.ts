import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  getRequest,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startUpstream,
} from '../../support/wire-proxy.ts';

let upstream: RunningServer;
let proxy: RunningProxy;
let urls: (string | undefined)[];

beforeEach(async () => {
  urls = [];
  upstream = await startUpstream((request, response) => {
    urls.push(request.url);
    response.end();
  });
  proxy = await startProxy({ upstreams: [upstream.url] });
});

afterEach(async () => {
  await proxy.close();
  await upstream.close();
});

test('the canonical target is what goes up', async () => {
  for (const path of ['/%61?x=%2f..//&y', 'http://app.example/abs', '/a/http:/b?http://c'])
    await sendRaw(proxy.port, getRequest(path));
  expect(urls).toEqual(['/a?x=%2f..//&y', '/abs', '/a/http:/b?http://c']);
});

test('what is ambiguous reaches no upstream', async () => {
  for (const path of ['//evil.example/x', '/a/../b', 'http://evil.example/abs', '*', '/a#b', '/a\\b']) {
    expect(await sendRaw(proxy.port, getRequest(path))).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect(urls).toEqual([]);
});

test('the upstream gets the public host and its port', async () => {
  let host: string | undefined;
  upstream.server.on('request', (request) => {
    host = request.headers.host;
  });
  await sendRaw(proxy.port, getRequest('/', [], 'App.Example.:8443'));
  expect(host).toBe('app.example:8443');
});
