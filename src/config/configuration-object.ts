import { stringify } from 'yaml';
import {
  type CompileOptions,
  compileConfiguration,
  type LoadPorts,
  type LoadResult,
  loadConfiguration,
} from './load-configuration.ts';
import { type KeyPath, pathText } from './problem.ts';
import { isSecretPath } from './resolve-references.ts';

/**
 * Checks and compiles a configuration that a program built as an object of the file's shape. Positions are those of
 * the YAML text that it stands for. Secrets may be given as they are: they are handed over beside the text and are
 * not in it, so that no message and no hash has them.
 */
export async function compileConfigurationObject(
  configuration: unknown,
  ports: LoadPorts,
  options: Omit<CompileOptions, 'given'>,
): Promise<LoadResult> {
  const given = new Map<string, string>();
  const withoutSecrets = takeSecrets(configuration, [], given);
  const text: string | undefined = stringify(withoutSecrets, {
    aliasDuplicateObjects: false,
    lineWidth: 0,
    version: '1.2',
  });
  return compileConfiguration(text ?? '', ports, { ...options, given });
}

/**
 * Loads what the package is given: the path of a file, a YAML text (it has a line break or begins with a brace), or
 * an object of the same shape.
 */
export async function loadGivenConfiguration(
  configuration: unknown,
  ports: LoadPorts,
  options: Omit<CompileOptions, 'given' | 'file'>,
): Promise<LoadResult> {
  if (typeof configuration !== 'string') return compileConfigurationObject(configuration, ports, options);
  const isText = configuration.includes('\n') || configuration.trimStart().startsWith('{');
  return isText
    ? compileConfiguration(configuration, ports, options)
    : loadConfiguration(configuration, ports, options);
}

const deepest = 32;

function takeSecrets(value: unknown, path: KeyPath, given: Map<string, string>): unknown {
  if (path.length > deepest) return null;
  if (typeof value === 'string' && isSecretPath(path) && !/^\$\{[a-z]+:/.test(value)) {
    given.set(pathText(path), value);
    return `\${given:${pathText(path)}}`;
  }
  if (Array.isArray(value)) return value.map((item, index) => takeSecrets(item, [...path, index], given));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, takeSecrets(item, [...path, key], given)]));
}
