import { Router } from 'express';
import { z } from 'zod';
import type { DeviceFact } from '../devices/device-fact.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { refuseMethod } from './admin-problem.ts';
import { describeRevocation } from './describe-configuration.ts';
import { parseInput, readBody } from './parse-input.ts';
import { recordCall } from './record-call.ts';

/** The common name of a device certificate. */
const deviceId = z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,192}$/u, 'a device id has 1 to 192 printable characters');
const factName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a fact is named in snake_case');
const factValue = z.union([z.string().max(256), z.number(), z.boolean(), z.null()]);
const facts = z
  .record(factName, factValue)
  .refine((record) => Object.keys(record).length >= 1, 'name at least one fact')
  .refine((record) => Object.keys(record).length <= 100, 'at most 100 facts at once');
/** The facts themselves, or an object with `facts` in it. */
const factsBody = z.union([z.strictObject({ facts }).transform((body) => body.facts), facts]);

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  /** Goes on behind this id. */
  after: deviceId.optional(),
});

/** `/api/v1/devices`: of which devices anything is known. `/api/v1/devices/{id}`: what each source says, and how each posture judges it. `/api/v1/devices/{id}/facts`: what is known of a device; facts set here have the source `admin`. */
export function createDeviceRoutes(dependencies: AdminDependencies): Router {
  const { devices, postures, now } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/devices', async (request, response) => {
    const { after, limit } = parseInput(listQuery, request.query, 'query');
    const known = await devices.list({ after, limit });
    await recordCall(dependencies, request, response, 'success', { action: 'devices.list' });
    response.json({
      devices: known.map(({ deviceId: device_id, facts: count, sources }) => ({
        device_id,
        facts: count,
        sources: Object.fromEntries([...sources].map(([source, atMs]) => [source, textOf(atMs)])),
      })),
      ...(known.length < limit ? {} : { next: known.at(-1)?.deviceId }),
    });
  });
  router.all('/devices', refuseMethod('GET, HEAD'));

  router.get('/devices/:id', async (request, response) => {
    const id = parseInput(deviceId, request.params.id, 'device id');
    const statements = await devices.statementsOf(id);
    const nowMs = now();
    const judged = await Promise.all(
      [...postures().values()].map(async (posture) => devices.judgePosture(id, posture, nowMs)),
    );
    await recordCall(dependencies, request, response, 'success', { action: 'devices.show', detail: { device_id: id } });
    response.json({
      device_id: id,
      facts: Object.fromEntries([...statements].map(([name, all]) => [name, all.map(describeFact)])),
      postures: judged.map(({ posture, result, checks }) => ({
        posture,
        result,
        checks: checks.map(({ check, result, value, source, asOfMs }) => ({
          check,
          result,
          ...(value === undefined ? {} : { value }),
          ...(source === undefined ? {} : { source }),
          ...(asOfMs === undefined ? {} : { as_of: textOf(asOfMs) }),
        })),
      })),
    });
  });
  router.all('/devices/:id', refuseMethod('GET, HEAD'));

  router.get('/devices/:id/facts', async (request, response) => {
    const id = parseInput(deviceId, request.params.id, 'device id');
    const standing = await devices.factsOf(id);
    await recordCall(dependencies, request, response, 'success', { action: 'devices.show', detail: { device_id: id } });
    response.json({ device_id: id, facts: describeFacts(standing) });
  });

  router.put('/devices/:id/facts', async (request, response) => {
    const id = parseInput(deviceId, request.params.id, 'device id');
    const set = parseInput(factsBody, readBody(request), 'body');
    const reported = await dependencies.reporting(() => devices.setFacts(id, set, 'admin'));
    await recordCall(dependencies, request, response, 'success', {
      type: 'device_facts_set',
      action: 'devices.set_facts',
      detail: { device_id: id, facts: Object.entries(set).map(([name, value]) => `${name}=${value}`) },
    });
    response.json({ device_id: id, facts: describeFacts(reported.result), ...describeRevocation(reported) });
  });

  router.all('/devices/:id/facts', refuseMethod('GET, HEAD, PUT'));
  return router;
}

function describeFacts(standing: Readonly<Record<string, DeviceFact>>) {
  return Object.fromEntries(Object.entries(standing).map(([name, fact]) => [name, describeFact(fact)]));
}

function describeFact({ value, source, asOfMs }: DeviceFact) {
  return { value, source, as_of: textOf(asOfMs) };
}

/** What a provider says of time may be beyond what dates can be. */
function textOf(atMs: number): string {
  return Math.abs(atMs) <= 8.64e15 ? new Date(atMs).toISOString() : 'unknown';
}
