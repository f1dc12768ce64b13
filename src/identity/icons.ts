import { createHmac, hkdfSync } from 'node:crypto';
import type { Snapshot } from '../config/snapshot.ts';
import type { Picture } from '../config/values/picture.ts';
import { pictureHeaders } from '../http/picture-headers.ts';
import { iconsPath } from '../pages/paths.ts';
import type { Exchange } from './exchange.ts';

/**
 * The pictures of apps. Whoever knows an address sees that one picture, without a sign-in; the address comes from a secret,
 * so that neither an app's name nor its picture in hand tells whether there is such an app (security-rules.md 18).
 */
export interface Icons {
  addressOf(picture: Picture): string;
  /** Sends the picture; false: the configuration of this exchange has none under that name. */
  send(exchange: Exchange, name: string): boolean;
}

/** @param secret the same in every worker and at every start, so that addresses last */
export function createIcons(secret: string): Icons {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'postern icon', 32));
  const names = new WeakMap<Picture, string>();
  const pictures = new WeakMap<Snapshot, ReadonlyMap<string, Picture>>();

  const nameOf = (picture: Picture): string => {
    const name = names.get(picture) ?? createHmac('sha256', key).update(picture.hash).digest('base64url');
    names.set(picture, name);
    return name;
  };

  const picturesOf = (snapshot: Snapshot): ReadonlyMap<string, Picture> => {
    const known =
      pictures.get(snapshot) ?? new Map(snapshot.routes.flatMap(({ icon }) => (icon ? [[nameOf(icon), icon]] : [])));
    pictures.set(snapshot, known);
    return known;
  };

  return {
    addressOf: (picture) => `${iconsPath}/${nameOf(picture)}`,
    send({ snapshot, response }, name) {
      const picture = picturesOf(snapshot).get(name);
      if (picture === undefined) return false;
      response.removeHeader('Vary');
      response.set(pictureHeaders(picture)).end(picture.bytes);
      return true;
    },
  };
}
