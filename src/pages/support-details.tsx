import type { JSX } from 'preact';
import { clipText } from './clip-text.ts';
import { personName } from './layout.tsx';
import type { AppSummary } from './page.ts';
import type { Scene } from './scene.ts';
import { appTitle } from './weave-reason.tsx';

interface SupportProps {
  readonly scene: Scene;
  readonly app?: AppSummary | undefined;
  /** The reason's code, which every language shares; absent where nothing was refused. */
  readonly reason?: string | undefined;
  /** The device's id, as its certificate has it. */
  readonly deviceId?: string | undefined;
}

/** What support needs, line by line: the decision, the time in UTC, who, which app and why. Nothing secret. */
export function supportLines({ scene, app, reason, deviceId }: SupportProps): readonly (readonly [string, string])[] {
  const { phrases, context } = scene;
  const lines: readonly (readonly [label: string, value: string | undefined])[] = [
    [phrases.say('support.decision'), context.decisionId],
    [phrases.say('support.time'), new Date(context.nowMs).toISOString()],
    [phrases.say('support.person'), personName(scene)],
    [phrases.say('support.device'), deviceId === undefined ? undefined : clipText(deviceId)],
    [phrases.say('support.app'), app === undefined ? undefined : `${appTitle(phrases, app)} (${clipText(app.host)})`],
    [phrases.say('support.reason'), reason],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
}

/** What support needs, as plain text that one click selects. */
export function SupportDetails(props: SupportProps): JSX.Element {
  const { phrases } = props.scene;
  return (
    <details>
      <summary>{phrases.say('support.title')}</summary>
      <p class="quiet">{phrases.say('support.hint')}</p>
      <pre>
        {supportLines(props).map(([label, value]) => (
          <span key={label}>
            {label}: <bdi>{value}</bdi>
            {'\n'}
          </span>
        ))}
      </pre>
    </details>
  );
}
