import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { makeAllow, makeSignIn, nextDecisionId } from '../support/record-events.ts';
import { createTrailBench } from '../support/record-trail.ts';

describe('somebody who writes into the audit trail by what they send', () => {
  test('cannot begin a line, forge a field or turn the reading direction', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    // Once as a line that holds its facts, once as one that points to them, and once whole.
    const forged = 'x"}}\n{"hash":"0","event":{"outcome":"allow"}}\r\u2028\u2029\u0085\u202e\u001b[2K';
    const first = makeAllow(bench.clock.nowMs, { host: forged, path: `/${forged}`, route: forged, client: forged });
    trail.record(first);
    trail.record({ ...first, decisionId: nextDecisionId(bench.clock.nowMs) });
    await trail.recordDurably({ ...first, decisionId: nextDecisionId(bench.clock.nowMs) });
    await trail.close();
    const [file] = await bench.files();
    const text = await readFile(join(bench.directory, file ?? ''), 'utf8');
    const unwanted = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
    expect([...text].filter((character) => character !== '\n' && unwanted.test(character))).toEqual([]);
    const hosts = (await bench.lines()).flatMap((line) => ('event' in line ? [line['event']] : []));
    expect(hosts).toHaveLength(3);
    for (const host of hosts) expect(host).toMatchObject({ outcome: 'allow', host: forged });
    expect(hosts[0]).toHaveProperty('facts_id');
    expect(hosts[1]).toHaveProperty('facts_ref');
  });

  test('finds no secret of a query string on the disk, not even when it comes with the path', async () => {
    const bench = await createTrailBench();
    const trail = await bench.open();
    const path = '/callback?code=hunter2-secret#hunter2-secret';
    trail.record(makeAllow(bench.clock.nowMs, { path }));
    await trail.recordDurably({
      type: 'refusal',
      atMs: bench.clock.nowMs,
      decisionId: nextDecisionId(bench.clock.nowMs),
      config: '9f2c81d0a4be',
      reason: 'request_malformed',
      address: '203.0.113.7',
      host: 'payroll.corp.example',
      method: 'GET',
      path,
      detail: 'The path holds an encoded slash.',
    });
    await trail.recordDurably(makeSignIn(bench.clock.nowMs));
    await trail.close();
    const text = JSON.stringify(await bench.lines());
    expect(text).toContain('/callback');
    expect(text).not.toContain('hunter2');
  });
});
