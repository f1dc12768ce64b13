import { closest } from '../values/closest.ts';

const secretWord = /secret|token|passw|passphrase|credential|private[_-]?key|api[_-]?key|authorization/i;

/** True for keys whose value must not be shown, whether or not they are spelled as the configuration spells them. */
export function looksSecret(key: string): boolean {
  return secretWord.test(key) || closest(key, ['client_secret', 'secret', 'token', 'password'], 2) !== undefined;
}

/** True for what stands under a secret's key and is none: nothing, or a reference to where the secret is kept. */
export function isSafeToShow(value: unknown): boolean {
  return value === null || (typeof value === 'string' && /^["']?\$\{[a-z]+:[^}]*\}["']?$/.test(value));
}
