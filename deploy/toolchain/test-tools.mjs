import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { cacheFolder } from './paths.mjs';

const browsers = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

function find(name) {
  if (name.startsWith('/')) return existsSync(name) ? name : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

const findBrowser = () =>
  [process.env.POSTERN_CHROMIUM, ...browsers]
    .filter(Boolean)
    .map(find)
    .find((path) => path !== undefined);

const isDebianRoot = () =>
  process.getuid?.() === 0 && existsSync('/etc/debian_version') && find('apt-get') !== undefined;

function apt(args, options = {}) {
  const result = spawnSync('apt-get', ['-qq', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    ...options,
  });
  if (result.status !== 0) process.stderr.write(`apt-get ${args.join(' ')} failed:\n${result.stderr}`);
  return result.status === 0;
}

/** promtool comes with the Prometheus server; unpacked beside the cache, so that no server is installed or started. */
function unpackPromtool(folder) {
  mkdirSync(folder, { recursive: true });
  if (!apt(['download', 'prometheus'], { cwd: folder })) return;
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file !== undefined) spawnSync('dpkg-deb', ['-x', file, '.'], { cwd: folder, stdio: 'ignore' });
}

/**
 * systemd-analyze comes with systemd, which is unpacked and not installed: installing it sets up users, units and an init
 * program. Its library is a package of its own and harmless.
 */
function unpackSystemd(folder) {
  mkdirSync(folder, { recursive: true });
  if (!apt(['install', '-y', '--no-install-recommends', 'libsystemd-shared'])) return;
  if (!apt(['download', 'systemd'], { cwd: folder })) return;
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file !== undefined) spawnSync('dpkg-deb', ['-x', file, '.'], { cwd: folder, stdio: 'ignore' });
}

const findUnder = (folder, program) =>
  ['usr/bin', 'bin'].map((bin) => find(join(folder, bin, program))).find((path) => path !== undefined);

/**
 * Finds the programs that some suites need; on Debian, as root, installs those that are missing.
 * `missing` has a sentence for each that could not be had.
 */
export function provideTestTools(isBrowserWanted) {
  const promtoolFolder = join(cacheFolder, 'prometheus');
  const findPromtool = () => find('promtool') ?? find(join(promtoolFolder, 'usr', 'bin', 'promtool'));
  const systemdFolder = join(cacheFolder, 'systemd');
  const findSystemd = () =>
    find('systemd-analyze') === undefined && findUnder(systemdFolder, 'systemd-analyze') ? systemdFolder : undefined;
  const lacksSystemd = () => find('systemd-analyze') === undefined && findSystemd() === undefined;
  const packages = [
    ...(findBrowser() === undefined ? ['chromium'] : []),
    ...(find('certutil') === undefined ? ['libnss3-tools'] : []),
    ...(find('openssl') === undefined ? ['openssl'] : []),
  ];
  if (isBrowserWanted && isDebianRoot() && (packages.length > 0 || findPromtool() === undefined || lacksSystemd())) {
    process.stderr.write(
      `Installing what the tests need: ${[...packages, ...(findPromtool() ? [] : ['promtool']), ...(lacksSystemd() ? ['systemd-analyze'] : [])].join(', ')} …\n`,
    );
    apt(['update']);
    if (packages.length > 0) apt(['install', '-y', '--no-install-recommends', ...packages]);
    if (findPromtool() === undefined) unpackPromtool(promtoolFolder);
    if (lacksSystemd()) unpackSystemd(systemdFolder);
  }
  return describeTools(findBrowser(), findPromtool(), findSystemd(), lacksSystemd());
}

function describeTools(chromium, promtool, systemd, lacksSystemd) {
  const hasCertutil = find('certutil') !== undefined && find('openssl') !== undefined;
  const missing = [
    ...(chromium === undefined
      ? ['the browser suite: there is no Chrome or Chromium here. Install one, or set POSTERN_CHROMIUM to its path.']
      : []),
    ...(chromium !== undefined && !hasCertutil
      ? ['the browser suite with device certificates: certutil (libnss3-tools) or openssl is missing.']
      : []),
    ...(lacksSystemd ? ['the check of the systemd units: systemd-analyze is missing.'] : []),
    ...(promtool === undefined ? ['the check of the metrics: promtool (it comes with Prometheus) is missing.'] : []),
  ];
  return {
    chromium: hasCertutil ? chromium : undefined,
    missing,
    environment: {
      ...(chromium === undefined ? {} : { POSTERN_CHROMIUM: chromium }),
      ...(systemd === undefined ? {} : { POSTERN_SYSTEMD: systemd }),
      ...(promtool === undefined
        ? {}
        : { POSTERN_PROMTOOL: promtool, PATH: `${join(promtool, '..')}${delimiter}${process.env.PATH}` }),
    },
  };
}
