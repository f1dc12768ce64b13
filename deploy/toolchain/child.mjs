import { spawn } from 'node:child_process';
import process from 'node:process';
import { root } from './paths.mjs';

/** What every Node of ours is started with: http-proxy calls a deprecated function, node:sqlite and jest's VM modules announce themselves. */
export const nodeOptions = [
  '--disable-warning=DEP0060',
  '--disable-warning=ExperimentalWarning',
  // Requests leave much short-lived garbage; a larger nursery is swept less often (test/bench/README.md).
  '--max-semi-space-size=64',
];

const parentCheckMs = 200;

/** When npm is killed for good it passes nothing on: all that is seen here is a new parent. */
function watchParent(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  return () => clearInterval(timer);
}

/**
 * Runs a program in the foreground and answers its exit code. Signals are passed on; Ctrl+C is not, since the terminal
 * sends it to the whole group. A program that died of a signal takes this process with it by the same signal.
 */
export function runForeground(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', ...options });
    const pass = (signal) => child.kill(signal);
    const passInterrupt = () => {
      if (process.stdin.isTTY !== true) child.kill('SIGINT');
    };
    process.on('SIGTERM', pass);
    process.on('SIGHUP', pass);
    process.on('SIGINT', passInterrupt);
    const stopWatching = watchParent(() => child.kill('SIGTERM'));
    const stopListening = () => {
      stopWatching();
      process.off('SIGTERM', pass);
      process.off('SIGHUP', pass);
      process.off('SIGINT', passInterrupt);
    };
    child.on('error', (error) => {
      stopListening();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      stopListening();
      if (signal === null) resolve(code ?? 1);
      else process.kill(process.pid, signal);
    });
  });
}

/** Runs a program and collects what it prints. Never rejects. */
export function runQuietly(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const collect = (text) => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
