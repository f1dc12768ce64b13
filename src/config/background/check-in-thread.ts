import { parentPort, workerData } from 'node:worker_threads';
import { checkConfiguration, type Sound, unreadable } from '../check-configuration.ts';
import { decodeText } from '../source/decode-text.ts';
import type { LoadPorts } from '../source/dereference.ts';
import { readFileAccess } from '../source/file-access.ts';
import type { CheckOrder, FromChecker, RouteParcel, ToChecker } from './messages.ts';

/** A parcel of these many routes takes the other side about a millisecond to unpack. */
const routesAtOnce = 50;

const port = parentPort;
if (port !== null) await serve(port, workerData as CheckOrder);

/** Checks one configuration, then hands over its routes a few at a time, as they are asked for. */
async function serve(parent: NonNullable<typeof parentPort>, order: CheckOrder): Promise<void> {
  const send = (message: FromChecker, moved: readonly ArrayBuffer[] = []) => parent.postMessage(message, [...moved]);
  const awaited = new Map<number, { take(bytes: Buffer): void; fail(thrown: unknown): void }>();
  let parcels: Iterator<readonly RouteParcel[]> | undefined;

  const readFile: LoadPorts['readFile'] = (path, maxBytes) =>
    new Promise((take, fail) => {
      const id = awaited.size + 1;
      awaited.set(id, { take, fail });
      send({ kind: 'read', id, path, maxBytes });
    });

  parent.on('message', (message: ToChecker) => {
    switch (message.kind) {
      case 'bytes':
        awaited.get(message.id)?.take(Buffer.from(message.bytes));
        break;
      case 'failed':
        awaited.get(message.id)?.fail(Object.assign(new Error('The file cannot be read.'), { code: message.code }));
        break;
      case 'next': {
        const next = parcels?.next();
        if (next !== undefined && next.done !== true) send({ kind: 'routes', routes: next.value });
        break;
      }
    }
  });

  const { file, folder, shape, isDraft, env, nowMs, looksAtFiles } = order;
  const decoded = decodeText(order.bytes);
  if (decoded.outcome === 'refused') {
    send({ kind: 'refused', result: unreadable(file, `the configuration ${decoded.why}`, decoded.help, decoded.at) });
    return;
  }
  const lookAtFile = looksAtFiles ? readFileAccess : undefined;
  const ports: LoadPorts = { readFile, lookAtFile, env, now: () => nowMs };
  const result = await checkConfiguration(decoded.text, ports, { file, folder, shape, isDraft });
  if (result.outcome === 'refused') {
    send({ kind: 'refused', result });
    return;
  }
  const { head, routes } = takeApart(result);
  parcels = inParcels(routes, result);
  const { places, lineStarts, hash, warnings, pictures } = result;
  const { spans, nameIds, firstChild, childCount, children } = places;
  send(
    {
      kind: 'sound',
      parcel: { head, routes: routes.length, tls: result.files.tls, places, lineStarts, hash, warnings, pictures },
    },
    [spans, nameIds, firstChild, childCount, children, lineStarts].map((array) => array.buffer),
  );
}

function takeApart({ resolved }: Sound): { readonly head: unknown; readonly routes: readonly unknown[] } {
  const tree = Object(resolved) as { readonly routes?: unknown };
  const routes: readonly unknown[] = Array.isArray(tree.routes) ? tree.routes : [];
  return { head: { ...tree, routes: routes.slice(0, 1) }, routes };
}

function* inParcels(routes: readonly unknown[], { files }: Sound): Generator<readonly RouteParcel[]> {
  for (let from = 0; from < routes.length; from += routesAtOnce) {
    yield routes
      .slice(from, from + routesAtOnce)
      .map((route, index) => ({ route, tls: files.upstreams.get(from + index) }));
  }
}
