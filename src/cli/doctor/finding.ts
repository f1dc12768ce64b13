import type { ProblemCode } from '../../config/problem.ts';
import type { Snapshot } from '../../config/snapshot.ts';

/** What `postern doctor` looks at, in the order of its output. */
export const topics = [
  'identity',
  'clock',
  'dns',
  'tls',
  'cookies',
  'posture',
  'audit',
  'state',
  'limits',
  'listeners',
  'upstreams',
] as const;
export type Topic = (typeof topics)[number];

/** What one look came to. */
export type Finding =
  | { readonly result: 'ok'; readonly text: string }
  /** It could not be told; that alone is no problem. */
  | { readonly result: 'unknown'; readonly text: string }
  | { readonly result: 'fail'; readonly text: string; readonly hint: string; readonly code: ProblemCode };

export interface TopicReport {
  readonly topic: Topic;
  readonly findings: readonly Finding[];
}

/** What looking needs from outside. */
export interface DoctorPorts {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** Rejects when the name has no address. */
  readonly lookup: (host: string) => Promise<unknown>;
  /** Soft limit of open files; `undefined` where the system does not tell. */
  readonly openFiles: () => Promise<number | undefined>;
}

export type Look = (configuration: Snapshot, ports: DoctorPorts) => Promise<readonly Finding[]>;

export function ok(text: string): Finding {
  return { result: 'ok', text };
}

export function unknown(text: string): Finding {
  return { result: 'unknown', text };
}

export function fail(code: ProblemCode, text: string, hint: string): Finding {
  return { result: 'fail', code, text, hint };
}

/** The system's code of an error, or of what lies beneath it; for sentences. */
export function errorCode(thrown: unknown): string {
  for (let error = thrown, depth = 0; typeof error === 'object' && error !== null && depth < 4; depth += 1) {
    const code: unknown = Reflect.get(error, 'code');
    if (typeof code === 'string' && code !== '') return code;
    const name: unknown = Reflect.get(error, 'name');
    if (name === 'TimeoutError') return 'no answer in time';
    error = Reflect.get(error, 'cause');
  }
  return 'no answer';
}
