import type express from 'express';
import type { Express, RequestHandler } from 'express';
import { browserScript } from '../../pages/browser-script.ts';
import {
  browserScriptPath,
  confirmForBrowserPath,
  proveBrowserPath,
  registerBrowserPath,
  removeBrowserPath,
} from '../../pages/paths.ts';
import { type Exchange, exchangeOf } from '../exchange.ts';
import type { IdentityParts } from '../parts.ts';
import type { BrowserForm } from './browser-form.ts';
import { confirmForBrowser } from './confirm-for-browser.ts';
import { acceptBrowserProof } from './prove-browser.ts';
import { registerBrowser, removeBrowser } from './register-browser.ts';

type Step = (parts: IdentityParts, exchange: Exchange, form: BrowserForm) => Promise<void>;

/** The paths of registered browsers at the sign-in host. */
export function addBrowserRoutes(app: Express, urlencoded: typeof express.urlencoded, parts: IdentityParts): void {
  const readForm = urlencoded({ extended: false, limit: 8192, parameterLimit: 8 });
  const take =
    (step: Step): RequestHandler =>
    (request, _response, next) => {
      step(parts, exchangeOf(request), formOf(request.body)).catch(next);
    };
  app.get(browserScriptPath, (_request, response) => {
    response.type('text/javascript').send(browserScript);
  });
  app.get(confirmForBrowserPath, (request, _response, next) => {
    confirmForBrowser(parts, exchangeOf(request)).catch(next);
  });
  app.post(proveBrowserPath, readForm, take(acceptBrowserProof));
  app.post(registerBrowserPath, readForm, take(registerBrowser));
  app.post(removeBrowserPath, readForm, take(removeBrowser));
}

function formOf(body: unknown): BrowserForm {
  const field = (name: string): unknown =>
    typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  return {
    token: field('token'),
    kid: field('kid'),
    key: field('key'),
    proof: field('proof'),
    returnTargetId: field('rt'),
  };
}
