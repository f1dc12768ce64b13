import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { JSONWebKeySet } from 'jose';

/**
 * Gets Postern's public keys over TLS. Dials 127.0.0.1 and names the host in SNI and Host, since Node asks the
 * system's resolver, which need not know names under `localhost`.
 */
export function createKeyFetcher(authHost: string, port: number, caFile: string): () => Promise<JSONWebKeySet> {
  const ca = readFileSync(caFile);
  const options = { host: '127.0.0.1', port, servername: authHost, ca, path: '/.postern/jwks.json', timeout: 5_000 };
  return () =>
    new Promise((resolve, reject) => {
      const asked = request({ ...options, headers: { host: `${authHost}:${port}` } }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject).on('end', () => {
          if (response.statusCode !== 200)
            return reject(new Error(`The keys were answered with ${response.statusCode}.`));
          try {
            resolve(JSON.parse(text) as JSONWebKeySet);
          } catch (error) {
            reject(error);
          }
        });
      });
      asked.on('timeout', () => asked.destroy(new Error('The keys did not come in time.')));
      asked.on('error', reject).end();
    });
}
