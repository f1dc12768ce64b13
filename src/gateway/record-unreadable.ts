import { configurationName } from '../config/snapshot.ts';
import type { DecisionId } from '../decision/decision-id.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { recordDurably } from './record.ts';

/** Writes down a request that Node's parser refused, so that nothing of it is known but why; answers its decision id. */
export function createUnreadableRecorder(
  parts: Pick<GatewayParts, 'audit' | 'log' | 'nextDecisionId' | 'now' | 'snapshot'>,
): (detail: string) => DecisionId {
  return (detail) => {
    const atMs = parts.now();
    const decisionId = parts.nextDecisionId(atMs);
    const event = {
      type: 'refusal',
      atMs,
      decisionId,
      config: configurationName(parts.snapshot()),
      reason: 'request_malformed',
      address: '',
      host: undefined,
      method: '',
      path: undefined,
      detail,
    } as const;
    void recordDurably(event, parts);
    return decisionId;
  };
}
