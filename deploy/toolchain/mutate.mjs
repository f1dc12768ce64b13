import process from 'node:process';
import { nodeOptions, runForeground } from './child.mjs';
import { install } from './install.mjs';
import { inRoot } from './paths.mjs';

/** The folders whose tests are to notice any change of their code, and where those tests are. */
export const parts = {
  decision: { mutate: ['src/decision/**/*.ts'], tests: ['test/unit/decision/*.test.ts'] },
  policy: {
    mutate: ['src/policy/**/*.ts'],
    tests: [
      'test/unit/policy/**/*.test.ts',
      'test/unit/config/{openings/*,opening-hours,diff/diff-snapshots}.test.ts',
      'test/unit/cli/{explain-command,facts-behind}.test.ts',
      'test/attack/{condition-that-blows-up,denial-goes-by-another-type,step-up-not-asked-when-denied}.test.ts',
      'test/attack/{unknown-is-not-false,address-spelled-differently,grace-stretched}.test.ts',
    ],
  },
  risk: {
    mutate: ['src/risk/**/*.ts'],
    tests: [
      'test/unit/risk/**/*.test.ts',
      'test/integration/state/risk-baselines.test.ts',
      'test/attack/{owner-clears-what-a-thief-raised,thief-outlives-owners-step-up,baseline-poisoned}.test.ts',
      'test/attack/{app-locks-out-its-visitors,clock-washes-risk-away}.test.ts',
    ],
  },
  sessions: {
    mutate: ['src/sessions/**/*.ts'],
    tests: [
      'test/unit/sessions/**/*.test.ts',
      'test/integration/sessions/*.test.ts',
      'test/attack/{ticket-replay,revoked-single-sign-on,stolen-credential-next-door}.test.ts',
      'test/attack/session-{fixation,resurrection}.test.ts',
    ],
  },
};

const isTest = (file) => file.startsWith('test/');

const folder = ['deploy', 'mutation'];

/**
 * Changes the code of one folder in many small ways, and tells which changes no test notices: `npm run mutate -- policy`,
 * or only some of its files, by some of its tests: `npm run mutate -- policy src/policy/acting.ts
 * test/unit/policy/modes.test.ts`. Its tools are installed when it is first run.
 */
export async function mutate(node, [part = '', ...files]) {
  if (!Object.hasOwn(parts, part)) {
    process.stderr.write(`Say which folder: npm run mutate -- ${Object.keys(parts).join(' | ')}\n`);
    return 2;
  }
  await install(inRoot(...folder));
  const stryker = inRoot(...folder, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
  return runForeground(node, [...nodeOptions, stryker, 'run', [...folder, 'stryker.config.mjs'].join('/')], {
    env: {
      ...process.env,
      POSTERN_MUTATE: part,
      POSTERN_MUTATE_FILES: files.filter((file) => !isTest(file)).join(','),
      POSTERN_MUTATE_TESTS: files.filter(isTest).join(','),
    },
  });
}
