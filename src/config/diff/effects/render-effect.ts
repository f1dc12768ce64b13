import type { Answer, Effect } from './diff-effects.ts';

const words: Readonly<Record<Answer, string>> = {
  allow: 'opens',
  step_up: 'step-up',
  deny: 'denied',
  sign_in: 'sign-in',
  no_route: 'no such route',
};

/** `! GET payroll.corp.example/admin  denied -> opens  in contractors`: one line for people. */
export function renderEffect({ host, method, path, morePaths, who, before, after }: Effect): string {
  const names = [before.route, after.route].filter((name) => name !== undefined);
  const route = [...new Set(names)].join(' -> ');
  const answer =
    before.answer === after.answer ? words[after.answer] : `${words[before.answer]} -> ${words[after.answer]}`;
  const more = morePaths === 0 ? '' : ` and ${morePaths} more like it`;
  return `! ${route}  ${method} ${host}${path}${more}: ${answer}, for ${who}`;
}
