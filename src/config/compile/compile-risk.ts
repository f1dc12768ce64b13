import { resolve } from 'node:path';
import type { RiskResponse } from '../../policy/rule.ts';
import type { Configuration } from '../schema/configuration-schema.ts';
import type { RiskSettings, RiskSignalSettings } from '../snapshot.ts';
import { compileNetworkSet } from './network-set.ts';

/** What each sensitivity makes of the levels of risk. */
const scale = { low: 1.5, normal: 1, high: 0.5 } as const;

/** The levels as a route has them: `high` tolerates half, `low` half as much again, at most 100. */
export function scaleResponse(response: RiskResponse, sensitivity: keyof typeof scale): RiskResponse {
  if (sensitivity === 'normal') return response;
  const factor = scale[sensitivity];
  return {
    ...response,
    mediumFrom: Math.min(100, response.mediumFrom * factor),
    highFrom: Math.min(100, response.highFrom * factor),
  };
}

/** @param folder where relative paths begin. */
export function compileRisk(
  risk: Configuration['risk'],
  networks: Configuration['networks'],
  folder: string,
): RiskSettings {
  const { signals } = risk;
  return {
    isReportOnly: risk.mode === 'report_only',
    levels: risk.levels,
    signals: {
      new_network: compileSignal(signals.new_network),
      new_asn: compileSignal(signals.new_asn),
      new_country: compileSignal(signals.new_country),
      impossible_travel: compileSignal(signals.impossible_travel),
      user_agent_changed: compileSignal(signals.user_agent_changed),
      client_hints_changed: compileSignal(signals.client_hints_changed),
      device_changed: compileSignal(signals.device_changed),
      new_device: compileSignal(signals.new_device),
      new_app: compileSignal(signals.new_app),
      unusual_hour: compileSignal(signals.unusual_hour),
      denials: compileSignal(signals.denials),
      failed_factors: compileSignal(signals.failed_factors),
      request_rate: compileSignal(signals.request_rate),
      request_breadth: compileSignal(signals.request_breadth),
      foreign_host: compileSignal(signals.foreign_host),
      disowned_session: compileSignal(signals.disowned_session),
      blocked_address: compileSignal(signals.blocked_address),
      outside_score: compileSignal(signals.outside_score),
    },
    maxSpeedKmh: signals.impossible_travel.max_speed,
    ownNetworks: Object.entries(networks).map(([name, of]) => compileNetworkSet([name], of)),
    mmdbFiles: risk.mmdb_files.map((file) => resolve(folder, file)),
    blockListFiles: risk.block_list_files.map((file) => resolve(folder, file)),
    medium: risk.medium,
    high: risk.high,
    lockForMs: risk.lock_for,
  };
}

function compileSignal(signal: {
  readonly weight: number;
  /** Absent: it ends at once. */
  readonly half_life?: number;
  readonly mode: 'enforce' | 'report_only';
}): RiskSignalSettings {
  return { weight: signal.weight, halfLifeMs: signal.half_life ?? 1, isReportOnly: signal.mode === 'report_only' };
}
