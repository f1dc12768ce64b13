import type { JSX } from 'preact';
import { reasonCatalogue } from '../decision/reason.ts';
import { FramedLayout } from './layout.tsx';
import { linkTarget } from './link-target.ts';
import { actionsOf, type Refusal } from './refusal-actions.tsx';
import type { Scene } from './scene.ts';
import { sayApp, weaveApp } from './weave-reason.tsx';

/**
 * A refusal inside a frame: what is the case, and one link that takes the whole window to where it can be mended.
 * Any page may frame it, so it names nobody and shows no checks.
 */
export function FramedRefusalPage({ page, scene }: { readonly page: Refusal; readonly scene: Scene }): JSX.Element {
  const { phrases } = scene;
  const texts = phrases.reason(page.reason);
  const action = wayOut(page, scene);
  return (
    <FramedLayout scene={scene} title={sayApp(phrases, texts.headline, page.app)}>
      <h1>{weaveApp(phrases, texts.headline, page.app)}</h1>
      <p>{weaveApp(phrases, texts.detail, page.app)}</p>
      {action !== undefined && (
        <p>
          <a class="button" href={action.url} target="_top" rel="noopener">
            {action.label}
          </a>
        </p>
      )}
    </FramedLayout>
  );
}

function wayOut(page: Refusal, scene: Scene): ReturnType<typeof actionsOf>[number] | undefined {
  const url = linkTarget(page.retryUrl);
  if (reasonCatalogue[page.reason].status === 401 || url === undefined) return actionsOf(page, scene)[0];
  const isDenied = reasonCatalogue[page.reason].status === 403;
  return { label: scene.phrases.say(isDenied ? 'action.see_what_to_do' : 'action.open_full'), url };
}
