/** What one side may ask the other, by topic. */
export type Topics<Names extends string = string> = Readonly<
  Record<Names, { readonly ask: unknown; readonly answer: unknown }>
>;

/** One end of the pipe between two processes. */
export interface Port {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Hears once that the other side is gone. */
  onClose(listener: () => void): void;
}

/** What came of a question. The other side's trouble is an answer too: whoever asks decides what it means. */
export type Reply<Answer> =
  | { readonly outcome: 'answered'; readonly body: Answer }
  /** It could not do it; a sentence. */
  | { readonly outcome: 'failed'; readonly message: string }
  /** It did not answer in time. */
  | { readonly outcome: 'silent' }
  /** Its process is gone. */
  | { readonly outcome: 'gone' };

/** Questions and answers between two processes of one program. `Theirs` is what the other side answers. */
export interface Channel<Theirs extends Topics, Ours extends Topics> {
  /** Never rejects. */
  ask<Name extends keyof Theirs & string>(
    topic: Name,
    body: Theirs[Name]['ask'],
    patienceMs: number,
  ): Promise<Reply<Theirs[Name]['answer']>>;
  /** Answers a topic from now on. What it throws is told as a sentence, without a stack. */
  answer<Name extends keyof Ours & string>(
    topic: Name,
    handler: (body: Ours[Name]['ask']) => Ours[Name]['answer'] | Promise<Ours[Name]['answer']>,
  ): void;
}

type Wire =
  | { readonly postern: 'ask'; readonly id: number; readonly topic: string; readonly body: unknown }
  | { readonly postern: 'answer'; readonly id: number; readonly reply: Reply<unknown> };

/** Builds one end. Both ends are the same version of the same program, so bodies are taken as their types say. */
export function createChannel<Theirs extends Topics, Ours extends Topics>(port: Port): Channel<Theirs, Ours> {
  const handlers = new Map<string, (body: unknown) => unknown>();
  const waiting = new Map<number, (reply: Reply<unknown>) => void>();
  let lastId = 0;
  let isClosed = false;

  async function reply(id: number, topic: string, body: unknown): Promise<void> {
    const send = (result: Reply<unknown>) => port.send({ postern: 'answer', id, reply: result } satisfies Wire);
    const handler = handlers.get(topic);
    if (handler === undefined) return send({ outcome: 'failed', message: `Nobody answers to "${topic}".` });
    try {
      send({ outcome: 'answered', body: await handler(body) });
    } catch (thrown) {
      send({ outcome: 'failed', message: sentenceOf(thrown) });
    }
  }

  port.onMessage((message) => {
    if (!isWire(message)) return;
    if (message.postern === 'ask') void reply(message.id, message.topic, message.body);
    else waiting.get(message.id)?.(message.reply);
  });
  port.onClose(() => {
    isClosed = true;
    for (const settle of [...waiting.values()]) settle({ outcome: 'gone' });
  });

  return {
    ask(topic, body, patienceMs) {
      if (isClosed) return Promise.resolve({ outcome: 'gone' });
      lastId += 1;
      const id = lastId;
      return new Promise((resolve) => {
        const timer = setTimeout(() => settle({ outcome: 'silent' }), patienceMs);
        const settle = (result: Reply<unknown>) => {
          clearTimeout(timer);
          waiting.delete(id);
          resolve(result as Reply<Theirs[typeof topic]['answer']>);
        };
        waiting.set(id, settle);
        port.send({ postern: 'ask', id, topic, body } satisfies Wire);
      });
    },
    answer(topic, handler) {
      handlers.set(topic, (body) => handler(body as Ours[typeof topic]['ask']));
    },
  };
}

function isWire(message: unknown): message is Wire {
  return typeof message === 'object' && message !== null && 'postern' in message;
}

/** The message of whatever was thrown; errors of Node's core are not always `instanceof Error` here. */
function sentenceOf(thrown: unknown): string {
  const message: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'message') : undefined;
  return typeof message === 'string' ? message : String(thrown);
}
