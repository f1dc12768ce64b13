import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeConfiguration } from '../../../src/config/describe-keys.ts';
import { describeProblems } from '../../../src/config/describe-problems.ts';
import { configurationJsonSchema, jsonSchemaText } from '../../../src/config/json-schema.ts';
import type { JsonSchemaNode } from '../../../src/config/json-schema-node.ts';

const root = join(import.meta.dirname, '../../..');

import { problemCatalogue } from '../../../src/config/problem.ts';

describe('files that are generated', () => {
  test('config/postern.schema.json is what postern schema prints', async () => {
    expect(await readFile(join(root, 'config/postern.schema.json'), 'utf8')).toBe(jsonSchemaText());
  });

  test('docs/configuration.md ends in what postern schema --format markdown prints', async () => {
    const [, generated] = (await readFile(join(root, 'docs/configuration.md'), 'utf8')).split(
      'postern schema --format markdown -->\n\n',
    );
    expect(generated).toBe(describeConfiguration());
  });

  test('docs/problems.md is what postern help codes --format markdown prints', async () => {
    expect(await readFile(join(root, 'docs/problems.md'), 'utf8')).toBe(describeProblems());
    for (const code of Object.keys(problemCatalogue)) expect(describeProblems()).toContain(`| ${code} | `);
  });

  test('the schema is draft 7, refuses unknown keys everywhere and describes every key', () => {
    expect(jsonSchemaText()).toContain('"$schema": "http://json-schema.org/draft-07/schema#"');
    const lacking: string[] = [];
    const visit = (node: JsonSchemaNode, path: string) => {
      if (node.properties !== undefined && node.additionalProperties !== false) lacking.push(`${path}: open`);
      for (const [key, child] of Object.entries(node.properties ?? {})) {
        const isEvidence = /factors\.(password|otp|passkey)$/.test(`${path}.${key}`);
        if (child.description === undefined && !isEvidence) lacking.push(`${path}.${key}: not described`);
        visit(child, `${path}.${key}`);
      }
      if (node.items !== undefined) visit(node.items, `${path}[]`);
      if (typeof node.additionalProperties === 'object') visit(node.additionalProperties, `${path}.*`);
    };
    visit(configurationJsonSchema(), '');
    expect(lacking).toEqual([]);
  });
});
