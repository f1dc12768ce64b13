import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { personName } from './layout.tsx';
import type { AppSummary } from './page.ts';
import type { Scene } from './scene.ts';

/**
 * What support needs, as plain text that one click selects: the decision, the time in UTC, who, which app and why.
 * Nothing secret.
 */
export function SupportDetails(props: {
  readonly scene: Scene;
  readonly app?: AppSummary | undefined;
  /** The reason's code, which every language shares. */
  readonly reason: string;
}): JSX.Element {
  const { scene, app, reason } = props;
  const { phrases, context } = scene;
  const lines: readonly (readonly [label: string, value: string | undefined])[] = [
    [phrases.say('support.decision'), context.decisionId],
    [phrases.say('support.time'), new Date(context.nowMs).toISOString()],
    [phrases.say('support.person'), personName(scene)],
    [phrases.say('support.app'), app === undefined ? undefined : `${clipText(app.title)} (${clipText(app.host)})`],
    [phrases.say('support.reason'), reason],
  ];
  return (
    <details>
      <summary>{phrases.say('support.title')}</summary>
      <p class="quiet">{phrases.say('support.hint')}</p>
      <pre>
        {lines.map(([label, value]) =>
          value === undefined ? null : (
            <span key={label}>
              {label}: <bdi>{value}</bdi>
              {'\n'}
            </span>
          ),
        )}
      </pre>
    </details>
  );
}
