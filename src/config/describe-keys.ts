import { configurationJsonSchema } from './json-schema.ts';
import type { JsonSchemaNode } from './json-schema-node.ts';

/** The generated part of docs/configuration.md: every key, as Markdown. */
export function describeConfiguration(): string {
  return `## Keys\n\n${describeKeys()}`;
}

/** Every key with its type, default and danger. */
function describeKeys(): string {
  const sections: string[] = [];
  const describe = (node: JsonSchemaNode, path: string) => {
    const rows: string[] = [];
    const inner: (readonly [JsonSchemaNode, string])[] = [];
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const isRequired = node.required?.includes(key) === true;
      rows.push(
        `| \`${key}\` | ${typeOf(child)} | ${defaultOf(child, isRequired)} | ${cell(child.description ?? '')} |`,
      );
      const below = path === '' ? key : `${path}.${key}`;
      inner.push(...nested(child, below));
    }
    const title = path === '' ? 'The file' : `\`${path}\``;
    sections.push(
      `### ${title}\n\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`,
    );
    for (const [child, below] of inner) describe(child, below);
  };
  describe(configurationJsonSchema(), '');
  return sections.join('\n');
}

function nested(node: JsonSchemaNode, path: string): readonly (readonly [JsonSchemaNode, string])[] {
  if (node.properties !== undefined) return [[node, path]];
  if (node.items?.properties !== undefined) return [[node.items, `${path}[]`]];
  const extra = node.additionalProperties;
  return typeof extra === 'object' && extra.properties !== undefined ? [[extra, `${path}.NAME`]] : [];
}

function typeOf(node: JsonSchemaNode): string {
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((choice) => `\`${String(choice)}\``).join(', ');
  const single = node.anyOf?.find((option) => option.items === undefined);
  if (single !== undefined) return `${typeOf(single)}, or a list`;
  if (node.items !== undefined)
    return node.items.properties === undefined ? `list: ${typeOf(node.items)}` : 'list of maps';
  if (node.type === 'object')
    return typeof node.additionalProperties === 'object' ? `map: ${typeOf(node.additionalProperties)}` : 'map';
  if (node.type === 'boolean') return '`true`, `false`';
  return node.title ?? (node.type === 'integer' ? 'whole number' : (node.type ?? 'value'));
}

function defaultOf(node: JsonSchemaNode, isRequired: boolean): string {
  if (isRequired) return 'needed';
  const value = node.default;
  if (value === undefined || typeof value === 'object')
    return Array.isArray(value) && value.length > 0 ? `\`[${value.join(', ')}]\`` : '';
  return `\`${String(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
