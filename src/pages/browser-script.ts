/**
 * The one script of the sign-in host: it keeps the key of this browser, and signs with it. The private key is made so that
 * no script can read it out (WebCrypto, `extractable: false`); it stays in this browser's IndexedDB for the sign-in host.
 * It reads what to do from the element `browser-key` of the page, and shows one of the page's own texts when it cannot.
 */
export const browserScript = `'use strict';
(async () => {
  const place = document.getElementById('browser-key');
  if (place === null) return;
  const show = (id) => {
    for (const note of place.querySelectorAll('[data-note]')) note.hidden = note.id !== id;
  };
  const settled = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const openKeys = () => {
    const request = indexedDB.open('postern', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('keys');
    return settled(request);
  };
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const findKey = async () => settled((await openKeys()).transaction('keys').objectStore('keys').get('browser'));
  const makeKey = async () => {
    const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
    const keys = (await openKeys()).transaction('keys', 'readwrite').objectStore('keys');
    await settled(keys.put(pair, 'browser'));
    return pair;
  };
  const bytes = (text) => new TextEncoder().encode(text);
  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const publicKeyOf = async (pair) => {
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    return { kty, crv, x, y };
  };
  const thumbprintOf = async ({ kty, crv, x, y }) =>
    base64url(await crypto.subtle.digest('SHA-256', bytes(JSON.stringify({ crv, kty, x, y }))));
  const send = async (url, pair) => {
    const { nonce, token, target } = place.dataset;
    const key = await publicKeyOf(pair);
    const kid = await thumbprintOf(key);
    const header = { alg: 'ES256', typ: 'postern-browser-proof+jwt' };
    const payload = { aud: new URL(url, location.href).href, nonce, kid };
    const signed = [header, payload].map((part) => base64url(bytes(JSON.stringify(part)))).join('.');
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, bytes(signed));
    const body = new URLSearchParams({ token, kid, key: JSON.stringify(key), proof: signed + '.' + base64url(signature) });
    if (target !== undefined) body.set('rt', target);
    const answer = await fetch(url, { method: 'POST', body, credentials: 'same-origin', redirect: 'error' });
    if (!answer.ok) return false;
    location.replace((await answer.json()).next);
    return true;
  };
  const attempt = async (work) => {
    try {
      if (!(await work())) show('browser-refused');
    } catch {
      show('browser-failed');
    }
  };
  const { mode, url } = place.dataset;
  if (mode === 'prove') {
    await attempt(async () => {
      const pair = await findKey();
      if (pair !== undefined) return send(url, pair);
      show('browser-unregistered');
      return true;
    });
    return;
  }
  const button = document.getElementById('register-browser');
  button.hidden = false;
  button.addEventListener('click', () => {
    button.disabled = true;
    attempt(async () => send(url, (await findKey()) ?? (await makeKey()))).finally(() => {
      button.disabled = false;
    });
  });
})();
`;
