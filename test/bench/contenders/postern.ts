import { composeBuilt } from '../compose-built.ts';

/** The built product with the whole pipeline on, over plain HTTP so that TLS does not blur the comparison. */
const [file = '', port = '0'] = process.argv.slice(2);
const program = await composeBuilt(file, {
  plainHttp: { host: '127.0.0.1', port: Number(port) },
  isDevelopment: true,
});
await program.start();
process.on('SIGTERM', () => void program.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ port: Number(port) })}\n`);
