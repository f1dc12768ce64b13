import { composeBuilt } from '../compose-built.ts';

/** The built product with the whole pipeline on; with a port, over plain HTTP beside its TLS listener. */
const [file = '', port] = process.argv.slice(2);
const plainHttp = port === undefined ? {} : { plainHttp: { host: '127.0.0.1', port: Number(port) } };
const program = await composeBuilt(file, { ...plainHttp, isDevelopment: true });
const { tlsPort } = await program.start();
process.on('SIGTERM', () => void program.close().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ port: Number(port ?? tlsPort) })}\n`);
