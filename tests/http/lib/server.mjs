// The real program: its command line, and a server of it on a free port with real TLS.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { late, patience, sleep, within } from './words.mjs';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
export const program = process.env.WAYSTATION_BIN ?? join(repository, 'build/release/waystation');

const servers = new Set();
process.on('exit', () => {
  for (const server of servers) server.process.kill('SIGKILL');
});

/// Runs a command to its end.
export function waystation(args, { input = '', env = {} } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(program, args, { env: { ...process.env, ...env } });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.on('error', fail);
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (code, signal) => done({ code: code ?? signal, stdout, stderr }));
  });
}

/// The same, which must succeed; gives what it printed.
export async function runs(args, options) {
  const { code, stdout, stderr } = await waystation(args, options);
  assert.equal(code, 0, `waystation ${args.join(' ')} → ${code}\n${stderr}\n${stdout}`);
  return stdout;
}

export class Server {
  /// Serves `data`; ready when this resolves.
  static async start(data, { args = [], ca, listen = '127.0.0.1:0', env = {} } = {}) {
    const server = new Server();
    Object.assign(server, { data, args, env, log: '', out: '', ca: ca ?? readFileSync(join(data, 'ca.pem')) });
    server.process = spawn(program, ['serve', '--data', data, '--listen', listen, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    servers.add(server);
    server.process.stdout.on('data', (chunk) => (server.out += chunk));
    server.process.stderr.on('data', (chunk) => (server.log += chunk));
    server.ended = new Promise((done) =>
      server.process.on('close', (code, signal) => {
        servers.delete(server);
        server.agent?.destroy();
        done(code ?? signal);
      }),
    );
    server.process.on('error', (error) => (server.log += error.message));
    const end = Date.now() + 30000 * patience;
    for (;;) {
      const told = /https:\/\/[0-9.]+:([1-9][0-9]*)/.exec(server.out);
      if (told) {
        server.origin = `https://127.0.0.1:${told[1]}`;
        break;
      }
      if (server.process.exitCode !== null || Date.now() > end) assert.fail(`it does not serve:\n${server.log}\n${server.out}`);
      await sleep(10);
    }
    server.trust(server.ca);
    return server;
  }

  /// Connects from now on trusting this authority.
  trust(ca) {
    this.agent?.destroy();
    this.ca = ca;
    this.agent = new https.Agent({ keepAlive: true, ca, maxSockets: 256 });
  }

  get pid() {
    return this.process.pid;
  }

  /// Sends a signal and waits for the end; gives the exit code.
  async stop(signal = 'SIGTERM') {
    this.process.kill(signal);
    const code = await within(this.ended, 20000);
    if (code === late) this.process.kill('SIGKILL');
    return code;
  }
}
