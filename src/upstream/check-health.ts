import type { HealthCheck, Route } from '../config/route.ts';
import type { UpstreamPools, UpstreamServer } from './upstream-pools.ts';

/** Asks upstreams whether they are well, while anybody wants to know. */
export interface HealthChecks {
  /** Checks those of these routes from now on, and no others. */
  checkThose(routes: readonly Route[]): void;
  stop(): void;
}

export interface HealthCheckParts {
  readonly pools: Pick<UpstreamPools, 'serversOf'>;
  /** Runs a task at once and then every so many ms; returns how to stop. Default: timers that hold no process open. */
  readonly every?: (ms: number, task: () => void) => () => void;
  /** Hears of each check. */
  readonly onChecked?: (checked: {
    readonly route: string;
    readonly upstream: string;
    readonly isWell: boolean;
  }) => void;
}

function runEvery(ms: number, task: () => void): () => void {
  const timer = setInterval(task, ms);
  timer.unref();
  task();
  return () => clearInterval(timer);
}

/** Each process asks for itself: what one cannot reach another may. */
export function createHealthChecks({ pools, every = runEvery, onChecked }: HealthCheckParts): HealthChecks {
  let stops: readonly (() => void)[] = [];

  function checkServer(route: Route, check: HealthCheck, server: UpstreamServer): () => void {
    let isUnderWay = false;
    return every(check.intervalMs, () => {
      if (isUnderWay) return;
      isUnderWay = true;
      void ask(server, check, hostOf(route, server)).then((isWell) => {
        isUnderWay = false;
        server.standing.checked(isWell);
        onChecked?.({ route: route.name, upstream: server.origin, isWell });
      });
    });
  }

  const stop = (): void => {
    for (const one of stops) one();
    stops = [];
  };

  return {
    checkThose(routes) {
      stop();
      stops = routes.flatMap((route) => {
        const { healthCheck, target } = route;
        if (healthCheck === undefined || target.kind !== 'upstreams') return [];
        return pools.serversOf(target).map((server) => checkServer(route, healthCheck, server));
      });
    },
    stop,
  };
}

/** The host that the app gets in requests, too; where people's host is passed on, that of the route. */
function hostOf({ host, target }: Route, server: UpstreamServer): string {
  const told = target.kind === 'upstreams' ? target.hostHeader : undefined;
  if (told?.kind === 'text') return told.host;
  return told?.kind === 'upstream' ? new URL(server.origin).host : host;
}

/**
 * Whether it answers with 2xx or 3xx in time. What it says is not read, and broken off where it goes on for longer: each check
 * would keep a connection for itself.
 */
function ask(server: UpstreamServer, { path, timeoutMs }: HealthCheck, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    let abort: (() => void) | undefined;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      end();
      abort?.();
    }, timeoutMs);
    timer.unref();
    const headers = ['host', host, 'user-agent', 'Postern-Health-Check', 'accept', '*/*'];
    server.dispatch(
      { method: 'GET', path, headers, body: null, headersTimeoutMs: timeoutMs },
      {
        onRequestStart(controller) {
          abort = () => controller.abort(new Error('The health check took too long.'));
          // It waited for a connection for as long.
          if (isOver) abort();
        },
        onResponseStart(_controller, status) {
          if (status >= 200) resolve(status < 400);
        },
        onResponseData() {},
        onResponseEnd: end,
        onResponseError: end,
      },
    );
  });
}
