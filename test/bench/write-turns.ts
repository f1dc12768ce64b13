import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

/** Who asks what. */
export interface Turns {
  /** The secret of each session's cookie. */
  readonly secrets: readonly string[];
  /** The host that each of them asks. Default: the one that wrk is told in a header. */
  readonly hosts?: readonly string[];
  readonly method?: 'GET' | 'POST';
  /** Length of what is posted. */
  readonly bytes?: number;
}

/**
 * A script for wrk in which sessions take turns in random order, each once before any comes again. After wrk's `--` it takes
 * the turn to begin with, and after how many requests it stops (0: never). wrk itself sleeps until its time is over, which
 * an interrupt cuts short.
 */
export function writeTurns(file: string, { secrets, hosts, method = 'GET', bytes = 0 }: Turns): string {
  const people = `${file}.people`;
  const lines = shuffled(secrets.map((secret, at) => `${secret} ${hosts?.[at] ?? ''}`));
  writeFileSync(people, `${lines.join('\n')}\n`);
  writeFileSync(
    file,
    `local cookies, hosts, turn, left = {}, {}, 0, 0
for line in io.lines(${JSON.stringify(people)}) do
  local secret, host = line:match("^(%S+) (%S*)$")
  cookies[#cookies + 1] = "__Host-postern=" .. secret
  if host ~= "" then hosts[#cookies] = host end
end
wrk.method = "${method}"
${bytes === 0 ? '' : `wrk.body = string.rep("x", ${bytes})`}
function init(args)
  turn, left = tonumber(args[1] or 0), tonumber(args[2] or 0)
end
function request()
  turn = turn % #cookies + 1
  if left > 0 then
    left = left - 1
    if left == 0 then
      wrk.thread:stop()
      os.execute("{ sleep 0.05; kill -INT $PPID; } &")
    end
  end
  wrk.headers["Cookie"] = cookies[turn]
  if hosts[turn] then wrk.headers["Host"] = hosts[turn] end
  return wrk.format()
end
`,
  );
  return file;
}

function shuffled(lines: readonly string[]): readonly string[] {
  const order = [...lines];
  for (let left = order.length - 1; left > 0; left -= 1) {
    const other = randomBytes(4).readUInt32BE() % (left + 1);
    [order[left], order[other]] = [order[other] ?? '', order[left] ?? ''];
  }
  return order;
}
