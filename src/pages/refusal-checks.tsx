import type { JSX } from 'preact';
import type { LocalText } from '../config/values/local-text.ts';
import type { CheckResult } from '../decision/decision.ts';
import { CheckList, sortChecks } from './check-list.tsx';
import { OwnText } from './own-text.tsx';
import type { Scene } from './scene.ts';

/** The checks of a refused device: what stands in the way in full, what passed folded away. */
export function RefusalChecks(props: {
  readonly checks: readonly CheckResult[];
  /** What people call all of them together. */
  readonly posture: LocalText | undefined;
  readonly scene: Scene;
}): JSX.Element | null {
  const { checks, posture, scene } = props;
  const { phrases } = scene;
  if (checks.length === 0) return null;
  const open = sortChecks(checks).filter((check) => check.result !== 'pass');
  const passed = checks.filter((check) => check.result === 'pass');
  const counts = { failed: String(open.length), total: String(checks.length) };
  return (
    <section>
      <h2>{open.length === 0 ? phrases.say('checks.title') : phrases.say('checks.failed', counts)}</h2>
      {posture !== undefined && (
        <p class="quiet">
          {phrases.weave('checks.posture', { posture: <OwnText text={posture} phrases={phrases} /> })}
        </p>
      )}
      {open.length > 0 && <CheckList checks={open} scene={scene} />}
      {passed.length > 0 && (
        <details>
          <summary>
            {phrases.say(`checks.passed.${phrases.pluralOf(passed.length)}`, { count: String(passed.length) })}
          </summary>
          <CheckList checks={passed} scene={scene} />
        </details>
      )}
    </section>
  );
}
