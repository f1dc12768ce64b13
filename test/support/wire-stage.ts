import type { RequestListener } from 'node:http';
import type { ServerOptions } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import {
  listen,
  type ProxyOptions,
  type RunningProxy,
  type RunningServer,
  sendRaw,
  startProxy,
  startTlsUpstream,
  startUpstream,
} from './wire-proxy.ts';

/** A proxy and the apps behind it, as they were started last. Whatever was started is closed by itself. */
export interface Wire {
  readonly upstream: RunningServer;
  readonly proxy: RunningProxy;
  startUpstream(app: RequestListener): Promise<RunningServer>;
  startTlsUpstream(options: ServerOptions, app: RequestListener): Promise<RunningServer>;
  /** An app that says whatever bytes the test wants on each connection. */
  startRawUpstream(onConnection: (socket: Socket) => void): Promise<RunningServer>;
  /** In front of the upstream that was started last, unless the options name others. */
  startProxy(options?: Partial<ProxyOptions>): Promise<RunningProxy>;
  /** An app and a proxy in front of it. */
  open(app: RequestListener, options?: Partial<ProxyOptions>): Promise<void>;
  /** Sends bytes to the proxy and answers everything that comes back. */
  send(text: string): Promise<string>;
}

/** `after` is jest's `afterEach` where each test starts its own, and `afterAll` where all share one. */
export function createWire(after: (close: () => Promise<void>) => void): Wire {
  const started: RunningServer[] = [];
  let upstream: RunningServer | undefined;
  let proxy: RunningProxy | undefined;

  function keep<Running extends RunningServer>(running: Running): Running {
    started.push(running);
    return running;
  }

  after(async () => {
    // The proxy before its apps, as it was started after them.
    for (const running of started.splice(0).reverse()) await running.close();
  });

  const wire: Wire = {
    get upstream() {
      if (upstream === undefined) throw new Error('This test reads wire.upstream before it has started one.');
      return upstream;
    },
    get proxy() {
      if (proxy === undefined) throw new Error('This test reads wire.proxy before it has started one.');
      return proxy;
    },
    async startUpstream(app) {
      upstream = keep(await startUpstream(app));
      return upstream;
    },
    async startTlsUpstream(options, app) {
      upstream = keep(await startTlsUpstream(options, app));
      return upstream;
    },
    async startRawUpstream(onConnection) {
      const server: Server = createServer(onConnection);
      upstream = keep(await listen(server as never, 'http'));
      return upstream;
    },
    async startProxy(options = {}) {
      proxy = keep(await startProxy({ upstreams: options.upstreams ?? [wire.upstream.url], ...options }));
      return proxy;
    },
    async open(app, options) {
      await wire.startUpstream(app);
      await wire.startProxy(options);
    },
    send: (text) => sendRaw(wire.proxy.port, text),
  };
  return wire;
}
