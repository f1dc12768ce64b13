import { isRecord } from '../is-record.ts';
import { schemaAt } from '../json-schema.ts';
import { type KeyPath, type ProblemCode, pathKey } from '../problem.ts';
import { type Explanation, type IssueContext, shorten, valueAt } from './explanation.ts';
import { subjectOf } from './key-advice.ts';
import { shapeAt } from './shape-at.ts';

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

const codeOfTitle: Readonly<Record<string, ProblemCode>> = { duration: 'P012', size: 'P013', network: 'P016' };

/** A value of another type than the key takes. */
export function explainType(expected: string, path: KeyPath, context: IssueContext): Explanation | undefined {
  const value = valueAt(context.tree, path);
  const word = typeWords[expected] ?? expected;
  const key = String(path.at(-1));
  if (value === undefined) return explainMissing(path, context);
  const node = schemaAt(context.schema, path);
  if (value === null) {
    const example = String(node?.examples?.[0] ?? '');
    if (example.startsWith('#'))
      return {
        path,
        code: 'P010',
        message: `"${key}" has no value`,
        help: `# begins a comment: write "${example}" in quotes`,
        on: 'key',
      };
    const shape = shapeAt(path, value);
    const help = shape === undefined ? `give it ${word}, or remove the key` : `write ${shape}, or remove the key`;
    return { path, code: 'P010', message: `"${key}" has no value`, help, on: 'key' };
  }
  const titleCode = codeOfTitle[node?.title ?? ''];
  if (titleCode !== undefined && typeof value !== 'object') {
    const help = `write it like ${String(node?.examples?.[0] ?? '')}`;
    return { path, code: titleCode, message: `${context.show(path)} is not a ${node?.title}`, help };
  }
  const item = typeof path.at(-1) === 'number' ? 'this item' : `"${key}"`;
  const subject = path.length === 0 ? 'the file' : item;
  const help = context.isHidden(path)
    ? undefined
    : path.length === 0
      ? fileHelp(value)
      : typeHelp(expected, path, value);
  return { path, code: 'P010', message: `${subject} must be ${word}, not ${typeOf(value)}`, help };
}

/** A key that is needed; pointed at where it should stand. Silent when a misspelled key explains it. */
export function explainMissing(path: KeyPath, { schema, meantKeys, tree }: IssueContext): Explanation | undefined {
  if (meantKeys.has(pathKey(path)) || meantKeys.has(pathKey([...path.slice(0, -1), '<<']))) return undefined;
  const node = schemaAt(schema, path);
  const example = node?.examples?.[0] ?? node?.anyOf?.[0]?.examples?.[0] ?? node?.const;
  const text = String(example);
  const help = example === undefined ? '' : ` ${text.startsWith('$') ? `"${text}"` : text}`;
  const message = `${subjectOf(path.slice(0, -1))} needs the key "${String(path.at(-1))}"`;
  const product = pathKey(path) === 'version' ? productOf(tree) : undefined;
  const words =
    product === undefined
      ? `add ${String(path.at(-1))}:${help}`
      : `this looks like a file of ${product}; to translate it: postern import ${product} FILE`;
  return { path, code: 'P007', message, help: words, on: 'key' };
}

/** Keys that only one product has at the top level of its file. */
const productKeys: Readonly<Record<string, readonly string[]>> = {
  pomerium: ['authenticate_service_url', 'idp_provider', 'idp_client_id', 'shared_secret'],
  'oauth2-proxy': ['upstreamConfig', 'injectRequestHeaders', 'injectResponseHeaders'],
  authelia: ['access_control', 'authentication_backend', 'identity_validation'],
};

function productOf(tree: unknown): string | undefined {
  if (!isRecord(tree)) return undefined;
  return Object.keys(productKeys).find((product) => productKeys[product]?.some((key) => Object.hasOwn(tree, key)));
}

/** A whole file that is no map. TOML is one long text to YAML. */
function fileHelp(value: unknown): string {
  if (typeof value === 'string' && /^\s*[a-z_]+\s*=/m.test(value))
    return 'this looks like TOML; a cfg of oauth2-proxy is translated by: postern import oauth2-proxy FILE';
  return 'begin with: version: 1';
}

/** As it may stand in a list: what YAML would read otherwise is quoted. */
function asListItem(value: string | number | boolean): string {
  const text = shorten(String(value));
  return typeof value === 'string' && !/^[\p{L}\p{N}@._/-]+$/u.test(text) ? JSON.stringify(text) : text;
}

function typeHelp(expected: string, path: KeyPath, value: unknown): string | undefined {
  const shape = shapeAt(path, value);
  if (shape !== undefined) return `write ${shape}`;
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (expected === 'string' && isPlain) return `quote it: "${String(value)}"`;
  if (expected === 'array' && (isPlain || typeof value === 'string')) return `write [${asListItem(value)}]`;
  if (typeof value !== 'string') return undefined;
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return `write ${value} without quotes`;
  if (expected === 'boolean' && /^(yes|on|y)$/i.test(value)) return 'write true';
  if (expected === 'boolean' && /^(no|off|n)$/i.test(value)) return 'write false';
  const isNumber = (expected === 'number' || expected === 'int') && /^\d{1,9}(\.\d+)?$/.test(value);
  return isNumber ? `write ${value} without quotes` : undefined;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  if (typeof value === 'string') return 'text';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}
