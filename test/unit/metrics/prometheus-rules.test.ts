import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { createMetrics } from '../../../src/metrics/create-metrics.ts';
import { runPromtool } from '../../support/record-promtool.ts';

const folder = join(import.meta.dirname, '../../../config/prometheus');

interface Rule {
  readonly alert?: string;
  readonly expr: string;
  readonly annotations?: { readonly runbook_url: string };
}

async function readRules(): Promise<readonly Rule[]> {
  const file: { groups: { rules: Rule[] }[] } = parse(await readFile(join(folder, 'rules.yaml'), 'utf8'));
  return file.groups.flatMap((group) => group.rules);
}

describe('the rules for Prometheus', () => {
  test('are sound, and do what their cases say', () => {
    for (const args of [
      ['check', 'rules', join(folder, 'rules.yaml')],
      ['test', 'rules', join(folder, 'rules.test.yaml')],
    ]) {
      const result = runPromtool(args, undefined);
      if (result !== undefined) expect(result).toMatchObject({ status: 0, output: expect.stringContaining('SUCCESS') });
    }
  });

  test('speak only of metrics that exist', async () => {
    const metrics = createMetrics({
      routes: [],
      providers: ['corp'],
      postureChecks: [],
      now: Date.now,
      build: { version: '0', nodeVersion: '0' },
    });
    const { body } = await metrics.expose();
    const exposed = new Set(Array.from(body.matchAll(/^# TYPE (\S+)/gm), (match) => match[1]));
    for (const { expr } of await readRules()) {
      for (const [name] of expr.matchAll(/(?<![\w:])(postern|nodejs|process)_\w+/g)) {
        expect(exposed).toContain(name.replace(/_(bucket|sum|count)$/, ''));
      }
    }
  });

  test('ask for label values that their metrics have', async () => {
    const metrics = createMetrics({
      routes: [{ name: 'wiki' }],
      providers: ['corp'],
      postureChecks: [],
      now: Date.now,
      build: { version: '0', nodeVersion: '0' },
    });
    const series = (await metrics.expose()).body.split('\n');
    for (const { expr } of await readRules()) {
      for (const [, name, labels] of expr.matchAll(/(postern_\w+)\{([^}]*)\}/g)) {
        for (const [, label, values] of (labels ?? '').matchAll(/(\w+)=~?"([^"]*)"/g)) {
          for (const value of (values ?? '').split('|')) {
            const isThere = series.some((line) => line.startsWith(`${name}{`) && line.includes(`${label}="${value}"`));
            expect(`${name}{${label}="${value}"} ${isThere}`).toBe(`${name}{${label}="${value}"} true`);
          }
        }
      }
    }
  });

  test('lead to a paragraph of the manual that exists', async () => {
    const manual = await readFile(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
    const headings = new Set(Array.from(manual.matchAll(/^#+ (\w+)$/gm), (match) => match[1]?.toLowerCase()));
    for (const { annotations, alert } of await readRules()) {
      if (alert === undefined) continue;
      expect(annotations?.runbook_url).toBe(`docs/metrics.md#${alert.toLowerCase()}`);
      expect(headings).toContain(alert.toLowerCase());
    }
  });
});
