import { request } from 'node:http';
import type { DemoDevice } from './people.ts';

/** Tells Postern what is known of a device, as a device management system would: by the admin API. */
export function setDeviceFacts(adminPort: number, token: string, device: DemoDevice): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port: adminPort,
        method: 'PUT',
        path: `/api/v1/devices/${device.id}/facts`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      },
      (response) => {
        response.resume().on('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`The facts of ${device.id} were answered with ${response.statusCode}.`));
        });
      },
    );
    asked.on('error', reject).end(JSON.stringify(device.facts));
  });
}
