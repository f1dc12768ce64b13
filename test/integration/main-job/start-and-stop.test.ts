import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorld, type World } from '../../support/world.ts';

describe('a program that is started and stopped', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.close());

  function trail(): string {
    const folder = join(world.folder, 'audit');
    const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
    return files
      .sort()
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('');
  }
  const countOf = (type: 'start' | 'stop') => trail().split(`"type":"${type}"`).length - 1;

  test('is in the audit trail with both', async () => {
    expect([countOf('start'), countOf('stop')]).toEqual([1, 0]);
    await world.restart();
    expect([countOf('start'), countOf('stop')]).toEqual([2, 1]);
  });

  test('tells when the certificate of each of its hosts runs out', async () => {
    const { body } = await world.admin('/metrics');
    const found = /postern_tls_certificate_not_after_timestamp_seconds\{host="wiki\.localhost"\} (\S+)/.exec(body)?.[1];
    expect(Number(found) * 1000).toBeGreaterThan(Date.now());
  });
});
