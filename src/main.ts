#!/usr/bin/env node
// Nothing is imported before the version is known: an older Node would stop at a syntax or a module that it lacks.
const major = Number(process.versions.node.split('.')[0]);

if (major < 24) {
  process.stderr.write(`Postern needs Node 24 or newer; this is ${process.versions.node}. See https://nodejs.org.\n`);
  process.exitCode = 3;
} else {
  const { keepCompiledCode } = await import('./cli/keep-compiled-code.ts');
  keepCompiledCode(process.argv.slice(2), process.env);
  const { startProgram } = await import('./cli/start-program.ts');
  const { processCommands } = await import('./cli/process-commands.ts');
  process.exitCode = await startProgram(process.argv.slice(2), processCommands());
}

export {};
