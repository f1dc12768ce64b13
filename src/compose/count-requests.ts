import type { Gateway } from '../gateway/gateway.ts';
import type { RunningRequests } from '../server/running-requests.ts';

/** Counts each request of a gateway, for a drain. */
export function countRequests(gateway: Gateway, running: Pick<RunningRequests, 'begin'>): Gateway {
  return {
    ...gateway,
    handleRequest(listener, request, response, options) {
      running.begin(response);
      return gateway.handleRequest(listener, request, response, options);
    },
  };
}
