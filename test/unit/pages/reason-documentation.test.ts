import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { renderReasonTable } from '../../support/pages-reason-table.ts';

const file = new URL('../../../docs/reasons.md', import.meta.url);

test('the table of reasons in docs/reasons.md says what the catalogue says', () => {
  const table = renderReasonTable();
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(file, table);
  expect(readFileSync(file, 'utf8')).toBe(table);
});
