// What npm runs around `npm pack`: the pinned runtime is a convenience of this repository, not of the package.
// `before` takes it out of package.json, `after` puts the file back, `watch` puts it back when npm dies in between.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inRoot } from './paths.mjs';

const manifest = inRoot('package.json');
const original = inRoot('package.json.original');
const shells = new Set(['sh', 'dash', 'bash', 'zsh', 'busybox', 'ash']);

/** package.json as it is published: without the pinned runtime. */
export function withoutRuntime(text) {
  const { optionalDependencies: _, ...rest } = JSON.parse(text);
  return `${JSON.stringify(rest, undefined, 2)}\n`;
}

/** Puts package.json back if a packing that was cut short left it changed. Every npm script calls this first. */
export function restorePackageJson() {
  if (!existsSync(original)) return;
  copyFileSync(original, manifest);
  rmSync(original);
}

/** The process of npm itself, behind the shell that it starts scripts with. */
function findNpm() {
  let pid = process.ppid;
  try {
    for (let step = 0; step < 3; step += 1) {
      const [parent, name] = execFileSync('ps', ['-o', 'ppid=,comm=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
      if (!shells.has(name ?? '')) return pid;
      pid = Number(parent);
    }
  } catch {
    // Without ps nobody watches; the next npm script restores the file.
  }
  return undefined;
}

function before() {
  restorePackageJson();
  copyFileSync(manifest, original);
  writeFileSync(manifest, withoutRuntime(readFileSync(manifest, 'utf8')));
  const npm = findNpm();
  if (npm === undefined) return;
  spawn(process.execPath, [fileURLToPath(import.meta.url), 'watch', String(npm)], {
    detached: true,
    stdio: 'ignore',
  }).unref();
}

async function watch(npm) {
  try {
    while (existsSync(original)) {
      process.kill(npm, 0);
      await wait(100);
    }
  } catch {
    restorePackageJson();
  }
}

function refusePublish() {
  process.stderr.write(
    'Publish the tarball that npm pack writes: `npm publish postern-VERSION.tgz`. It lacks the pinned runtime.\n',
  );
  process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const steps = {
    before,
    after: restorePackageJson,
    watch: () => watch(Number(process.argv[3])),
    'refuse-publish': refusePublish,
  };
  await steps[process.argv[2]]();
}
