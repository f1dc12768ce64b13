import { expect, test } from '@jest/globals';
import { appsWithWorkerOf } from '../../../src/config/apps-with-worker.ts';
import type { Route } from '../../../src/config/route.ts';

const route = (name: string, host: string, hasServiceWorker: boolean) => ({ name, host, hasServiceWorker }) as Route;

test('apps with a service worker are looked for once in a configuration, whoever asks', () => {
  let walks = 0;
  const routes: Route[] = [
    route('files', 'mail.corp.example', false),
    route('mail', 'mail.corp.example', true),
    route('mail-admin', 'mail.corp.example', true),
  ];
  const begin = routes[Symbol.iterator].bind(routes);
  routes[Symbol.iterator] = () => {
    walks += 1;
    return begin();
  };
  for (let count = 0; count < 3; count += 1) {
    const { byName, byHost } = appsWithWorkerOf({ routes });
    expect([...byName.keys()]).toEqual(['mail', 'mail-admin']);
    expect(byHost.get('mail.corp.example')?.name).toBe('mail');
  }
  expect(walks).toBe(1);
});
