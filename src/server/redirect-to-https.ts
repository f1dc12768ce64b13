import type { IncomingMessage, ServerResponse } from 'node:http';

const plainHost = /^[a-z0-9.-]+$/i;

/**
 * The plain listener's whole job: 308 to the same URL over https, so that a form keeps its method. Only for hosts that
 * are served; anything else is a 404, so that it cannot be used to send people elsewhere.
 */
export function redirectToHttps(
  request: IncomingMessage,
  response: ServerResponse,
  publicPort: number,
  isServed: (host: string) => boolean,
): void {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase();
  const path = request.url ?? '/';
  if (!plainHost.test(host) || !path.startsWith('/') || !isServed(host)) {
    response.writeHead(404, { 'Cache-Control': 'no-store', Connection: 'close' }).end();
    return;
  }
  const port = publicPort === 443 ? '' : `:${publicPort}`;
  response.writeHead(308, { Location: `https://${host}${port}${path}`, 'Cache-Control': 'no-store' }).end();
}
