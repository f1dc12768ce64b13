import * as z from 'zod';
import type { JsonSchemaNode } from './json-schema-node.ts';
import { configurationSchema } from './schema/configuration-schema.ts';
import { schemaForEditors } from './schema-for-editors.ts';

/** The JSON Schema of the configuration as it is written. Draft 7, since that is what YAML editors read. */
export function configurationJsonSchema(): JsonSchemaNode {
  const schema = z.toJSONSchema(configurationSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves these out for texts that are parsed, though they describe the text.
      const examples = z.globalRegistry.get(zodSchema)?.examples;
      if (Array.isArray(examples)) jsonSchema.examples = examples;
    },
  });
  return {
    ...schema,
    title: 'Postern configuration',
    description: 'The configuration of Postern, an identity-aware reverse proxy.',
  } as JsonSchemaNode;
}

/** The part of the schema that describes the value at a path; of a choice, the part that fits a list or not. */
export function schemaAt(root: JsonSchemaNode, path: readonly (string | number)[]): JsonSchemaNode | undefined {
  let node: JsonSchemaNode | undefined = root;
  for (const part of path) {
    if (node === undefined) return undefined;
    if (typeof part === 'number') {
      node = node.items ?? node.anyOf?.find((option) => option.items !== undefined)?.items;
    } else {
      const extra: JsonSchemaNode | boolean | undefined = node.additionalProperties;
      node = node.properties?.[part] ?? (typeof extra === 'object' ? extra : undefined);
    }
  }
  return node;
}

/** The file `config/postern.schema.json`, byte for byte. Short lists stand on one line, as the project's formatter has them. */
export function jsonSchemaText(): string {
  return `${write(schemaForEditors(configurationJsonSchema()), '')}\n`;
}

const lineWidth = 120;

function write(value: unknown, indent: string, keyLength = 0): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const isFlat = value.every((item) => typeof item !== 'object' || item === null);
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    if (value.length === 0 || (isFlat && indent.length + keyLength + line.length < lineWidth)) return line;
    return `[\n${value.map((item) => `${inner}${write(item, inner)}`).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, item]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${write(item, inner, name.length + 2)}`;
  });
  return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`;
}
