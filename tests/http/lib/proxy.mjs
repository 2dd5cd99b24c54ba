// A bad network: a TCP proxy that cuts connections after so many bytes in either direction, or goes silent before it cuts.
import net from 'node:net';

/// Numbers in [0, 1) that are the same for the same seed (mulberry32).
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class Proxy {
  /// Stands before `port`. `fate()` says of each new connection what becomes of it: nothing, or {way: 'up' or 'down',
  /// bytes, silent: milliseconds}.
  static async open(port, fate = () => undefined) {
    const proxy = new Proxy();
    Object.assign(proxy, { fate, cuts: 0, connections: 0, bytes: 0, sockets: new Set() });
    proxy.server = net.createServer((client) => proxy.join(client, port));
    await new Promise((done) => proxy.server.listen(0, '127.0.0.1', done));
    proxy.origin = `https://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  join(client, port) {
    this.connections++;
    const server = net.connect(port, '127.0.0.1');
    const fate = this.fate();
    const both = [client, server];
    const end = () => {
      for (const socket of both) {
        socket.destroy();
        this.sockets.delete(socket);
      }
    };
    for (const socket of both) {
      this.sockets.add(socket);
      socket.on('error', end);
      socket.on('close', end);
    }
    let silent = false;
    const carry = (from, to, way) => {
      let left = fate?.way === way ? fate.bytes : Infinity;
      from.on('data', (bytes) => {
        if (silent) return;
        if (way === 'up') this.bytes += bytes.length;
        const part = bytes.subarray(0, left);
        left -= part.length;
        if (!to.write(part)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        if (left > 0) return;
        this.cuts++;
        silent = true;
        setTimeout(end, fate.silent);
      });
    };
    carry(client, server, 'up');
    carry(server, client, 'down');
  }

  close() {
    for (const socket of this.sockets) socket.destroy();
    return new Promise((done) => this.server.close(done));
  }
}
