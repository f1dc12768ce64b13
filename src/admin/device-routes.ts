import { Router } from 'express';
import { z } from 'zod';
import type { DeviceFact } from '../devices/device-fact.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { refuseMethod } from './admin-problem.ts';
import { describeConfirmation } from './describe-configuration.ts';
import { parseInput, readBody } from './parse-input.ts';
import { recordCall } from './record-call.ts';

/** The common name of a device certificate. */
const deviceId = z.string().regex(/^[^\p{Cc}\p{Zl}\p{Zp}]{1,128}$/u, 'a device id has 1 to 128 printable characters');
const factName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'a fact is named in snake_case');
const factValue = z.union([z.string().max(256), z.number(), z.boolean(), z.null()]);
const facts = z
  .record(factName, factValue)
  .refine((record) => Object.keys(record).length >= 1, 'name at least one fact')
  .refine((record) => Object.keys(record).length <= 100, 'at most 100 facts at once');
/** The facts themselves, or an object with `facts` in it. */
const factsBody = z.union([z.strictObject({ facts }).transform((body) => body.facts), facts]);

/** `/api/v1/devices/{id}/facts`: what is known of a device; facts set here have the source `admin`. */
export function createDeviceRoutes(dependencies: AdminDependencies): Router {
  const { devices } = dependencies;
  const router = Router({ caseSensitive: true, strict: true });

  router.get('/devices/:id/facts', async (request, response) => {
    const id = parseInput(deviceId, request.params.id, 'device id');
    const standing = await devices.factsOf(id);
    await recordCall(dependencies, request, response, 'success', { action: 'devices.show', detail: { device_id: id } });
    response.json({ device_id: id, facts: describeFacts(standing) });
  });

  router.put('/devices/:id/facts', async (request, response) => {
    const id = parseInput(deviceId, request.params.id, 'device id');
    const set = parseInput(factsBody, readBody(request), 'body');
    const { result: standing, confirmation } = await dependencies.reporting(() => devices.setFacts(id, set, 'admin'));
    await recordCall(dependencies, request, response, 'success', {
      type: 'device_facts_set',
      action: 'devices.set_facts',
      detail: { device_id: id, facts: Object.entries(set).map(([name, value]) => `${name}=${value}`) },
    });
    response.json({ device_id: id, facts: describeFacts(standing), ...describeConfirmation(confirmation) });
  });

  router.all('/devices/:id/facts', refuseMethod('GET, HEAD, PUT'));
  return router;
}

function describeFacts(standing: Readonly<Record<string, DeviceFact>>) {
  return Object.fromEntries(
    Object.entries(standing).map(([name, { value, source, asOfMs }]) => [
      name,
      { value, source, as_of: new Date(asOfMs).toISOString() },
    ]),
  );
}
