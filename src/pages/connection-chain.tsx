import type { JSX } from 'preact';
import { Icon } from './icon.tsx';
import type { AppSummary } from './page.ts';
import type { Scene } from './scene.ts';
import { weaveApp } from './weave-reason.tsx';

/** You, the gateway, the app: which of them works and which does not, in words. */
export function ConnectionChain(props: {
  readonly scene: Scene;
  readonly app: AppSummary | undefined;
  readonly trouble: 'chain.broken' | 'chain.slow';
}): JSX.Element {
  const { phrases } = props.scene;
  const links = [
    { name: phrases.say('chain.you'), works: true },
    { name: phrases.say('chain.gateway'), works: true },
    { name: weaveApp(phrases, '{App}', props.app), works: false },
  ];
  return (
    <section>
      <h2>{phrases.say('chain.title')}</h2>
      <ol class="chain">
        {links.map((link, index) => (
          <li key={String(index)} class={link.works ? 'pass' : 'fail'}>
            <Icon name={link.works ? 'check' : 'cross'} />
            <span class="what">
              <span class="name">{link.name}</span>
              <span class="state">{phrases.say(link.works ? 'chain.ok' : props.trouble)}</span>
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
