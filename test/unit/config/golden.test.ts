import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { compileConfiguration } from '../../../src/config/load-configuration.ts';
import { renderProblems, renderVerdict, renderWarning } from '../../../src/config/render-problems.ts';
import { basePorts } from '../../support/config-files.ts';

const folder = join(import.meta.dirname, 'cases');
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml'));

/** Each case is a file and, beside it, every line that a person reads about it. */
describe('what a person reads about a file', () => {
  test.each(files)('%s', async (name) => {
    const text = await readFile(join(folder, name), 'utf8');
    const expected = await readFile(join(folder, name.replace('.yaml', '.txt')), 'utf8');
    const ports = await basePorts();
    const result = await compileConfiguration(text, ports, { file: 'postern.yaml', folder: '/etc/postern' });
    const read =
      result.outcome === 'loaded'
        ? result.warnings.map(renderWarning).join('\n')
        : `${renderProblems(result.problems)}\n${renderVerdict(result.problems)}`;
    expect(`${read}\n`).toBe(expected);
  });
});
