#!/usr/bin/env node
// One door for every npm script: installs what the lockfile asks for, finds the pinned Node, builds, then runs the
// real command. Plain JavaScript without dependencies, because it must run on any Node from 20 on in a fresh clone.
import process from 'node:process';
import { build } from './build.mjs';
import { commands } from './commands.mjs';
import { install } from './install.mjs';
import { buildLock, withLock } from './lock.mjs';
import { restorePackageJson } from './pack.mjs';
import { root } from './paths.mjs';
import { explainMissingRuntime, findRuntime, scriptsRunOn } from './runtime.mjs';

/** Exit code for "this Node cannot run Postern, and no other is at hand". */
const wrongNode = 3;

async function run([name, ...args]) {
  const command = Object.hasOwn(commands, name ?? '') ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`There is no command "${name ?? ''}". There are: ${Object.keys(commands).join(', ')}.\n`);
    return 2;
  }
  if (!scriptsRunOn(process.versions.node)) {
    process.stderr.write(`${explainMissingRuntime(process.versions.node)}\n`);
    return wrongNode;
  }
  const node = await withLock(async () => {
    restorePackageJson();
    await install(root, command);
    const runtime = findRuntime();
    if (runtime !== undefined && command.isBuilt) await build(runtime);
    return runtime;
  }, buildLock);
  if (node === undefined) {
    process.stderr.write(`${explainMissingRuntime(process.versions.node)}\n`);
    return wrongNode;
  }
  if (command.starts !== undefined) process.stderr.write(`Starting ${command.starts} …\n`);
  return command.run(node, args);
}

run(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`${error.isExplained === true ? error.message : error.stack}\n`);
    process.exitCode = 1;
  },
);
