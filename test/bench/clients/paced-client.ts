import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { openLine } from '../revoke/line.ts';

/**
 * Sends requests at a steady rate over TLS, whatever becomes of those before them, on 64 connections; each is timed from the
 * moment at which it was due, so one that had to wait for a slow answer is slow, too. Prints the latencies in ms.
 */
const [port = '', authority = '', people = '', rate = '2000', seconds = '1'] = process.argv.slice(2);
const connections = 64;
const warmUpMs = 1_000;
const cookies = readFileSync(people, 'utf8').trim().split('\n');
const ca = readFileSync(authority, 'utf8');
const lines = await Promise.all(Array.from({ length: connections }, () => openLine(Number(port), 'app.localhost', ca)));
const idle = [...lines];
const waiting: { readonly dueMs: number; readonly turn: number }[] = [];
const latencies: number[] = [];
let failures = 0;
let asked = 0;

const beganMs = performance.now();
const endMs = beganMs + warmUpMs + Number(seconds) * 1_000;
const dueAt = (turn: number) => beganMs + (turn * 1_000) / Number(rate);

function serve(): void {
  while (waiting.length > 0 && idle.length > 0) {
    const [line, next] = [idle.pop(), waiting.shift()];
    if (line === undefined || next === undefined) return;
    void line.ask(`__Host-postern=${cookies[next.turn % cookies.length]}`, '/app').then((status) => {
      if (status !== 200) failures += 1;
      if (next.dueMs > beganMs + warmUpMs) latencies.push(performance.now() - next.dueMs);
      idle.push(line);
      serve();
    });
  }
}

while (performance.now() < endMs) {
  for (; dueAt(asked) <= performance.now(); asked += 1) waiting.push({ dueMs: dueAt(asked), turn: asked });
  serve();
  await pause(1);
}
while (idle.length < connections) await pause(1);
process.stdout.write(`${JSON.stringify({ latencies, failures })}\n`, () => process.exit(0));
