import type { OutgoingHttpHeaders } from 'node:http';

/** What each kind of client sends beside the cookie (Chromium's own headers); `undefined` takes away what a browser's navigation has. */
export const clientKinds = {
  document: {},
  frame: { 'sec-fetch-dest': 'iframe' },
  script: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' },
  subresource: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image', accept: 'image/webp,*/*' },
  api: { 'sec-fetch-mode': undefined, 'sec-fetch-dest': undefined, accept: '*/*' },
  grpc: {
    'sec-fetch-mode': undefined,
    'sec-fetch-dest': undefined,
    accept: undefined,
    'content-type': 'application/grpc+proto',
  },
} as const satisfies Record<string, OutgoingHttpHeaders>;
