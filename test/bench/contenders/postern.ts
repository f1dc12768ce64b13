import { loadBuiltProgram } from '../../../deploy/demo/built-program.ts';

const { composePostern, loadConfiguration, readBoundedFile, renderProblems } = await loadBuiltProgram();

/** The built product with the whole pipeline on, over plain HTTP so that TLS does not blur the comparison. */
const [file = '', port = '0'] = process.argv.slice(2);
const ignore = () => {};
const complain = (fields: object, message: string) =>
  void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);

const loaded = await loadConfiguration(file, { readFile: readBoundedFile, env: process.env, now: Date.now });
if (loaded.outcome === 'refused') {
  process.stderr.write(`${renderProblems(loaded.problems, { color: false })}\n`);
  process.exit(1);
}
const program = await composePostern({
  configuration: loaded.snapshot,
  plainHttp: { host: '127.0.0.1', port: Number(port) },
  isDevelopment: true,
  version: 'bench',
  log: {
    info: ignore,
    warn: complain,
    error: complain,
  },
});
await program.start();
process.on('SIGTERM', () => void program.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ port: Number(port) })}\n`);
