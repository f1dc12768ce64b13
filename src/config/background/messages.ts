import type { Refused, Sound } from '../check-configuration.ts';
import type { UpstreamTls } from '../compile/load-tls-files.ts';
import type { TlsSettings } from '../snapshot.ts';

/** What the thread that checks is started with. */
export interface CheckOrder {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly folder: string;
  readonly shape: 'server' | 'middleware';
  readonly isDraft: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly nowMs: number;
  /** Whether somebody wants to know of files that others can read. */
  readonly looksAtFiles: boolean;
}

/** A route as it stands in the file, references replaced, with what was read for it. */
export interface RouteParcel {
  readonly route: unknown;
  readonly tls: UpstreamTls | undefined;
}

/** All of a sound configuration but its routes, of which `head` holds the first alone. */
export interface HeadParcel extends Pick<Sound, 'places' | 'lineStarts' | 'hash' | 'warnings' | 'pictures'> {
  readonly head: unknown;
  readonly routes: number;
  readonly tls: TlsSettings | undefined;
}

/** From the thread that checks. It reads no file itself: the program's own ports do. What it looks at is who may read them. */
export type FromChecker =
  | { readonly kind: 'read'; readonly id: number; readonly path: string; readonly maxBytes: number }
  | { readonly kind: 'refused'; readonly result: Refused }
  | { readonly kind: 'sound'; readonly parcel: HeadParcel }
  | { readonly kind: 'routes'; readonly routes: readonly RouteParcel[] };

/** To the thread that checks. */
export type ToChecker =
  | { readonly kind: 'bytes'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly id: number; readonly code: string }
  | { readonly kind: 'next' };
