import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = process.env.WAYSTATION_BIN;
const build = process.env.WAYSTATION_BUILD;
if (!program || !build) throw new Error('WAYSTATION_BIN and WAYSTATION_BUILD say what is tested');

/// Sanitised builds have no limit of addresses, and take longer.
export const sanitised = (process.env.WAYSTATION_PATIENCE ?? '1') !== '1';

/// The server's door to pictures for one test, with a child process of its own. `ask` answers in the order of the questions.
export function open(test) {
  const door = spawn(join(build, 'tests/waystation-media'), [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  // Ends with its test, whatever fails.
  test.after(() => door.kill());
  const waiting = [];
  const said = [];
  let last;
  createInterface({ input: door.stdout }).on('line', (line) => {
    const answer = JSON.parse(line);
    if ('peak_rss_kb' in answer) last = answer;
    else waiting.shift().resolve(answer);
  });
  createInterface({ input: door.stderr }).on('line', (line) => said.push(line));
  const ended = new Promise((resolve) => door.on('close', (code) => {
    for (const { reject } of waiting) reject(new Error(`the door ended with ${code}: ${said.join('\n')}`));
    resolve(code);
  }));
  const ask = (question) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    door.stdin.write(`${JSON.stringify(question)}\n`);
  });
  return {
    inspect: (file) => ask({ file }),
    make: (file, variant, to) => ask({ file, variant, to }),
    blank: (file, to) => ask({ file, blank_to: to }),
    repeat: (file, times) => ask({ file, times }),
    /// Every line of warnings and of sanitisers.
    said,
    /// What the children took at most, in KiB.
    async close() {
      door.stdin.end();
      const code = await ended;
      if (code !== 0) throw new Error(`the door ended with ${code}: ${said.join('\n')}`);
      return last.peak_rss_kb;
    },
  };
}
