import { spawn } from 'node:child_process';
import process from 'node:process';
import { explainedFailure } from './failure.mjs';

/** How npm is called: the very npm that runs this script where there is one. */
function npmCommand() {
  const path = process.env.npm_execpath;
  return path?.endsWith('.js') ? [process.execPath, [path]] : ['npm', []];
}

const wordEveryMs = 5_000;

/** Runs npm in a folder, without scripts of packages; throws what it printed when it fails. */
export async function runNpm(words, cwd) {
  const [file, args] = npmCommand();
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const child = spawn(file, [...args, ...words, ...options], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill();
  process.once('exit', end);
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    output += text;
  });
  const startedAt = Date.now();
  const saying = setInterval(() => {
    process.stderr.write(`… still installing, ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
  }, wordEveryMs);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.on('close', resolve);
  });
  clearInterval(saying);
  process.off('exit', end);
  if (code !== 0) {
    throw explainedFailure(
      `${output.trim()}\nInstalling the dependencies failed (npm ${words[0]}, exit code ${code}); the lines above say why.`,
    );
  }
}
