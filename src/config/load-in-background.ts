import { dirname, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Fault } from '../decision/fault.ts';
import { type Checker, startChecker } from './background/checker.ts';
import type { HeadParcel, RouteParcel } from './background/messages.ts';
import { createSlices } from './background/run-in-slices.ts';
import { type CompileOptions, unreadable } from './check-configuration.ts';
import { createSnapshotCompiler, type SnapshotCompiler } from './compile/compile-snapshot.ts';
import type { UpstreamTls } from './compile/load-tls-files.ts';
import { compileConfiguration, type LoadResult, readConfigurationFile } from './load-configuration.ts';
import { configurationSchema } from './schema/configuration-schema.ts';
import { routeSchema } from './schema/route-schema.ts';
import type { Snapshot, TlsSettings } from './snapshot.ts';
import { decodeText } from './source/decode-text.ts';
import type { LoadPorts } from './source/dereference.ts';
import { createPlaces, spanAt } from './source/places.ts';
import { createLineIndex } from './source/source-text.ts';

export interface BackgroundOptions extends Pick<CompileOptions, 'shape' | 'isDraft'> {
  /** Files up to this size are loaded without a thread: that takes less time than starting one. Default 64 KiB, a few milliseconds. */
  readonly directBytes?: number;
}

/** How long compiling goes on before others have their turn. */
const sliceMs = 5;

/**
 * Loads a configuration in a program that serves: a thread reads and checks the file, and this side compiles a few routes
 * at a time between requests. The same answer as `loadConfiguration`, and no secret leaves the process. Rejects with
 * `Fault('config_invalid')` when the thread breaks: then nothing was loaded.
 */
export async function loadConfigurationInBackground(
  file: string,
  ports: LoadPorts,
  options: BackgroundOptions = {},
): Promise<LoadResult> {
  const read = await readConfigurationFile(file, ports);
  if (read.outcome === 'refused') return read;
  const { bytes } = read;
  const folder = dirname(resolve(file));
  const { shape = 'server', isDraft = false } = options;
  if (bytes.length <= (options.directBytes ?? 64 * 1024)) {
    const decoded = decodeText(bytes);
    if (decoded.outcome === 'refused')
      return unreadable(file, `the configuration ${decoded.why}`, decoded.help, decoded.at);
    return compileConfiguration(decoded.text, ports, { shape, isDraft, file, folder });
  }
  const order = {
    bytes,
    file,
    folder,
    shape,
    isDraft,
    env: { ...ports.env },
    nowMs: ports.now(),
    looksAtFiles: ports.lookAtFile !== undefined,
  };
  const checker = startChecker(order, ports.readFile);
  try {
    const result = await checker.result();
    if (result.outcome === 'refused') return result;
    const snapshot = await compileFrom(checker, result.parcel, file, folder);
    return { outcome: 'loaded', snapshot, warnings: result.parcel.warnings };
  } finally {
    await checker.close();
  }
}

async function compileFrom(checker: Checker, parcel: HeadParcel, file: string, folder: string): Promise<Snapshot> {
  const head = configurationSchema.safeParse(parcel.head);
  if (!head.success) throw disagreement();
  const lines = createLineIndex(file, parcel.lineStarts);
  const places = createPlaces(parcel.places);
  const compiler = createSnapshotCompiler(head.data, {
    file,
    hash: parcel.hash,
    folder,
    pictures: parcel.pictures,
    tls: parcel.tls === undefined ? undefined : ownTls(parcel.tls),
    positionOf: (path) => lines.position(spanAt(places, path, 'key').start),
  });
  const texts = new Map<string, string>();
  const slices = createSlices(() => performance.now(), sliceMs);
  for (let done = 0; done < parcel.routes; ) {
    const routes = await checker.nextRoutes();
    if (routes.length === 0) throw disagreement();
    await slices(addRoutes(compiler, routes, texts));
    done += routes.length;
  }
  return slices(compiler.finish());
}

function* addRoutes(
  compiler: SnapshotCompiler,
  parcels: readonly RouteParcel[],
  texts: Map<string, string>,
): Generator<undefined, void> {
  for (const { route, tls } of parcels) {
    const parsed = routeSchema.safeParse(route);
    if (!parsed.success) throw disagreement();
    compiler.addRoute(parsed.data, tls === undefined ? undefined : sharedTexts(tls, texts));
    yield;
  }
}

/** Thousands of routes name the same files; what crossed from the thread is a copy for each. */
function sharedTexts({ ca, clientCertificate }: UpstreamTls, texts: Map<string, string>): UpstreamTls {
  const share = <Value>(value: Value): Value | string => {
    if (typeof value !== 'string') return value;
    const known = texts.get(value);
    if (known === undefined) texts.set(value, value);
    return known ?? value;
  };
  return {
    ca: ca === undefined ? undefined : share(ca),
    clientCertificate:
      clientCertificate === undefined
        ? undefined
        : { cert: share(clientCertificate.cert), key: share(clientCertificate.key) },
  };
}

/** What crossed from the thread, as objects of this side. */
function ownTls({ certificates, allowUnfit, clientCa, deviceNameAuthorities, crl }: TlsSettings): TlsSettings {
  return {
    certificates: certificates.map(({ certificate, key, names }) => ({ certificate, key, names: [...names] })),
    ...(allowUnfit === undefined ? {} : { allowUnfit }),
    clientCa,
    ...(deviceNameAuthorities === undefined ? {} : { deviceNameAuthorities: new Set(deviceNameAuthorities) }),
    crl: crl === undefined ? undefined : Buffer.from(crl),
  };
}

function disagreement(): Fault {
  return new Fault('config_invalid', 'The configuration could not be loaded: what was checked could not be compiled.');
}
