import type { Limits } from '../../src/config/snapshot.ts';

/** Limits of a configuration that is made without a file: those of the product, with a body that a test can outgrow. */
export const testLimits: Limits = {
  headerBytes: 16_384,
  bodyBytes: 1_048_576,
  requestTimeoutMs: 60_000,
  headerTimeoutMs: 10_000,
  bodyRateBytes: 256,
  connectionsPerAddress: 2_000,
  upstreamConnections: 1_024,
  upstreamQueue: 1_024,
  requestsPerClient: 256,
};
