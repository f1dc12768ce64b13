import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * Calls back when an application begins to answer with an event stream, so that it can be closed with its session. There
 * is no event for it: `writeHead` is the one door that every answer's head goes through, also an implicit one.
 */
export function watchEventStream(response: ServerResponse, onEventStream: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...values: readonly unknown[]) => ServerResponse;
  response.writeHead = (...values: readonly unknown[]) => {
    const result = writeHead(...values);
    const given = values.find((value) => typeof value === 'object' && value !== null);
    const type =
      response.getHeader('content-type') ?? contentTypeIn(given as OutgoingHttpHeaders | OutgoingHttpHeader[]);
    if (String(type).toLowerCase().startsWith('text/event-stream')) onEventStream();
    return result;
  };
}

/** Headers of `writeHead` come as an object or as a flat list, and stay out of `getHeader` where none was set before. */
function contentTypeIn(headers: OutgoingHttpHeaders | readonly OutgoingHttpHeader[] | undefined): unknown {
  if (headers === undefined) return undefined;
  const flat = isList(headers) ? headers : Object.entries(headers).flat();
  const at = flat.findIndex((name, index) => index % 2 === 0 && String(name).toLowerCase() === 'content-type');
  return at < 0 ? undefined : flat[at + 1];
}

function isList(
  headers: OutgoingHttpHeaders | readonly OutgoingHttpHeader[],
): headers is readonly OutgoingHttpHeader[] {
  return Array.isArray(headers);
}
