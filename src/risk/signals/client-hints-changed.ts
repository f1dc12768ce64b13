import { readingOf, type Signal } from '../signal.ts';

/**
 * The platform that the browser names of itself (`Sec-CH-UA-Platform`) is another than before. Requests without the
 * header (WebSockets, other browsers) say nothing. Formula as that of `user_agent_changed`.
 */
export const clientHintsChanged: Signal = {
  name: 'client_hints_changed',
  family: 'program',
  answeredBy: 'step_up',
  read: ({ history }) => {
    const { known, episode } = history.traits.clientHints;
    return readingOf(episode, (what) => `platform ${what}; known for this session: ${known.join(', ')}`);
  },
};
