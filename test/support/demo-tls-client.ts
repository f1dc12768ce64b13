import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import type { CertificateFiles } from '../../deploy/demo/development-certificates.ts';

export interface TlsCall {
  readonly port: number;
  readonly serverName: string;
  readonly ca: string;
  readonly certificate?: CertificateFiles | undefined;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One HTTPS request to 127.0.0.1 with a server name of its own, read to the end. */
export function callOverTls(call: TlsCall): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: call.port,
        servername: call.serverName,
        ca: readFileSync(call.ca),
        path: call.path ?? '/',
        method: call.method ?? 'GET',
        headers: { host: call.serverName, ...call.headers },
        agent: false,
        ...(call.certificate === undefined
          ? {}
          : { cert: readFileSync(call.certificate.certificate), key: readFileSync(call.certificate.key) }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    asked.on('error', reject).end(call.body);
  });
}
