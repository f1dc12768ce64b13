import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a listener knows of itself: the only source of scheme and port for anything that Postern writes (never a header). */
export interface ListenerFacts {
  readonly scheme: 'https' | 'http';
  /** The port that people type. */
  readonly publicPort: number;
}

/** A request or an upgrade, as a listener hands it over. */
export interface Arrival {
  readonly listener: ListenerFacts;
  readonly request: IncomingMessage;
  /** For an upgrade: a response on the bare socket, so that a no has the same form everywhere. */
  readonly response: ServerResponse;
  /** Set for an upgrade. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  /** True when the client waits for `100 Continue`; it is written only after a yes. */
  readonly expectsContinue: boolean;
  /** Set in a host application: what an allowed request to a `to: next` route goes on to. */
  readonly next: (() => void) | undefined;
}

const defaultPorts = { https: 443, http: 80 } as const;

/** The origin of a host on a listener: `https://wiki.corp.example`, with the port where it is not the scheme's own. */
export function originOn(listener: ListenerFacts, host: string): string {
  const port = listener.publicPort === defaultPorts[listener.scheme] ? '' : `:${listener.publicPort}`;
  return `${listener.scheme}://${host}${port}`;
}

/** True when a Host header's port is the listener's own; no port means the scheme's default. */
export function isOwnPort(listener: ListenerFacts, port: number | undefined): boolean {
  return (port ?? defaultPorts[listener.scheme]) === listener.publicPort;
}
