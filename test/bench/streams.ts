/** What an open WebSocket costs in memory, and how long cutting all of them takes: `npm run bench -- streams`. */
import { Agent, request as secureRequest } from 'node:https';
import { parseArgs } from 'node:util';
import { type OpenSocket, openStreamsStage, type StreamsStage } from './streams/stage.ts';

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: { sockets: { type: 'string', default: '2000' } },
});
const wanted = Number(values.sockets);

const print = (line: string) => void process.stdout.write(`${line}\n`);

/** Asks for a page again and again on one connection; stops when told, and says how long the slowest took. */
function askMeanwhile({ port, ca }: StreamsStage): () => Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  let isOver = false;
  const running = (async () => {
    let slowestMs = 0;
    while (!isOver) {
      const began = performance.now();
      await new Promise<void>((resolve, reject) => {
        const ask = secureRequest({
          agent,
          host: '127.0.0.1',
          port,
          servername: 'app.localhost',
          path: '/page',
          headers: { host: `app.localhost:${port}` },
        });
        ask.on('error', reject);
        ask.on('response', (answer) => answer.resume().on('end', resolve));
        ask.end();
      });
      slowestMs = Math.max(slowestMs, performance.now() - began);
    }
    agent.destroy();
    return slowestMs;
  })();
  return () => {
    isOver = true;
    return running;
  };
}

async function cutAll(stage: StreamsStage, streams: readonly OpenSocket[]): Promise<void> {
  const stopAsking = askMeanwhile(stage);
  const { sessions } = JSON.parse(await stage.admin('GET', '/api/v1/sessions')) as { sessions: { id: string }[] };
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  const answered = Promise.all(sessions.map(({ id }) => stage.admin('DELETE', `/api/v1/sessions/${id}`))).then(
    () => performance.now() - began,
  );
  const times = (await Promise.all(streams.map(({ cutAtMs }) => cutAtMs)))
    .map((at) => at - began)
    .sort((a, b) => a - b);
  const slowest = await stopAsking();
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  print(`| time from the call that ends the session until | ms |\n| --- | --- |`);
  print(`| the call is answered | ${(await answered).toFixed(1)} |`);
  print(`| the first, half, and 99 % of the sockets have their close frame | ${at(0)}, ${at(0.5)}, ${at(0.99)} |`);
  print(`| the last of ${times.length} has it | ${at(1)} |`);
  print(`| slowest of the requests that were sent meanwhile | ${slowest.toFixed(1)} |`);
  print(`| longest pause of Postern's event loop meanwhile | ${(await stage.observe()).longestPauseMs.toFixed(1)} |`);
}

const stage = await openStreamsStage();
try {
  const { sockets, each } = await stage.open(wanted);
  const kibibytes = (bytes: number) => (bytes / 1024).toFixed(1);
  print(`${wanted} open WebSockets, TLS to the client, plain to the app:`);
  print(`| memory of each | KiB |\n| --- | --- |`);
  print(`| resident, with OpenSSL and the two sockets | ${kibibytes(each.rss)} |`);
  print(`| JavaScript heap | ${kibibytes(each.heapUsed)} |`);
  print(`| external | ${kibibytes(each.external)} |\n`);
  await cutAll(stage, sockets);
  for (const { socket } of sockets) socket.destroy();
} finally {
  await stage.close();
}
