// The rules a tool does not know: pure functions from a file's path (from the repository's root) and its text to
// faults ("path:line: what"). Each is shown bad samples in rules.test.mjs.

const rooms = ['protocol', 'storage', 'certs', 'server', 'tests'];

// architecture.md's table: which rooms a room may lean on besides itself.
const leans = {
  protocol: [],
  storage: ['protocol'],
  certs: [],
  server: ['protocol', 'storage', 'certs'],
  tests: ['protocol', 'storage', 'certs', 'server'],
};

// Libraries that belong to few rooms, the tests aside.
const reserved = [
  { header: /^boost\/(asio|beast)\b/, places: ['server/net/'] },
  { header: /^openssl\/ssl\.h$/, places: ['server/net/', 'certs/'] },
  { header: /^sqlite3\.h$/, places: ['storage/'] },
];

const topLevel = new Set([
  ...rooms, 'README.md', 'CMakeLists.txt', 'CMakePresets.json', 'LICENSE', 'CHANGELOG.md',
]);

const longest = 500;

const tokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?:u8|[uUL])?R"([^(\s]*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|\b\d[\w.']*|'(?:\\.|[^'\\\n])+'/g;

const blank = (token) => token.replace(/[^\n]/g, ' ');

/// C++ without its comments, every character at its place; without its literals too if asked.
function bare(text, { literals }) {
  return text.replace(tokens, (token) => {
    if (token.startsWith('/')) return blank(token);
    if (literals || /^\d/.test(token)) return token;
    return blank(token).replace(/^ /, '0');
  });
}

const lineOf = (text, at) => text.slice(0, at).split('\n').length;

/// True if the file at the root of server/ may include everything: it puts the rest together.
const composes = (path) => /^server\/(app\.[^/]*|main\.cpp)$/.test(path);

function directionFault(path, included) {
  const [room] = path.split('/');
  const [other, folder] = included.split('/');
  if (!rooms.includes(other)) return `"${included}" is not written from the repository's root`;
  if (other !== room && !leans[room].includes(other)) return `${room} may not include ${other}`;
  if (room !== 'server' || other !== 'server' || composes(path)) return null;
  if (composes(included)) return `only app.* and main.cpp may include ${included}`;
  if (folder === 'net' && !path.startsWith('server/net/')) return 'nothing of server but net, app.* and main.cpp may include net';
  return null;
}

export function includeFaults(path, text) {
  const faults = [];
  const code = bare(text, { literals: true });
  for (const match of code.matchAll(/^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>)/gm)) {
    const [, own, foreign] = match;
    const included = own ?? foreign;
    const at = `${path}:${lineOf(code, match.index)}: `;
    if (own !== undefined || rooms.includes(included.split('/')[0])) {
      const fault = directionFault(path, included);
      if (fault) faults.push(at + fault);
    }
    for (const { header, places } of reserved)
      if (header.test(included) && !path.startsWith('tests/') && !places.some((place) => path.startsWith(place)))
        faults.push(`${at}<${included}> belongs to ${places.join(' and ')}`);
  }
  return faults;
}

/// The place of the bracket that the one at `close` closes.
function opening(code, close) {
  let depth = 0;
  for (let at = close; at >= 0; --at) {
    if (code[at] === ')') ++depth;
    if (code[at] === '(' && --depth === 0) return at;
  }
  return 0;
}

/// True if a statement may begin after what is left of it.
function statementBegins(before) {
  if (before === '' || /[;{}]$/.test(before) || /\b(else|do)$/.test(before)) return true;
  if (/(\bcase\b[^;{}?]*|\bdefault\s*|[;{}]\s*\w+\s*):$/.test(before)) return true;
  if (!before.endsWith(')')) return false;
  return /\b(if|if\s+constexpr|while|for|switch)\s*$/.test(before.slice(0, opening(before, before.length - 1)));
}

/// co_await is a whole statement or stands right of `=`: g++ 12 miscompiles the rest, and it reads better.
export function awaitFaults(path, text) {
  const code = bare(text, { literals: false });
  const faults = [];
  for (const { index } of code.matchAll(/\bco_await\b/g)) {
    const before = code.slice(0, index).trimEnd();
    const assigned = /(^|[^=!<>])=$/.test(before) && !before.endsWith('[=');
    if (!assigned && !statementBegins(before))
      faults.push(`${path}:${lineOf(code, index)}: co_await is neither a whole statement nor right of =`);
  }
  return faults;
}

export function lengthFaults(path, text) {
  const lines = text.split('\n').length - 1;
  return lines < longest ? [] : [`${path}: ${lines} lines; a file has fewer than ${longest}`];
}

/// Nothing names a folder of somebody's machine or where packages come from. (The patterns do not match themselves.)
const machine = [/\/work\//, /\/root\//, /\/home\/\w/, /registry\.npmjs/, /deb\.debian\.org/];

export function machineFaults(path, text) {
  const faults = [];
  text.split('\n').forEach((line, index) => {
    for (const pattern of machine) if (pattern.test(line)) faults.push(`${path}:${index + 1}: names a machine's path or a registry (${pattern.source})`);
  });
  return faults;
}

/// `files` maps the paths of package.json, package-lock.json and .npmrc files to their texts.
export function packageFaults(files) {
  const faults = [];
  for (const [path, text] of files) {
    if (path.endsWith('package-lock.json') && /"resolved":\s*"https?:/.test(text))
      faults.push(`${path}: a "resolved" address; install with omit-lockfile-registry-resolved=true`);
    if (!/(^|\/)package\.json$/.test(path)) continue;
    const beside = path.replace(/package\.json$/, '.npmrc');
    if (!/^omit-lockfile-registry-resolved=true$/m.test(files.get(beside) ?? ''))
      faults.push(`${beside}: needs the line omit-lockfile-registry-resolved=true`);
  }
  return faults;
}

export function topLevelFaults(paths) {
  const names = new Set(paths.map((path) => path.split('/')[0]));
  return [...names].filter((name) => !name.startsWith('.') && !topLevel.has(name)).map((name) => `${name}: the top level stays empty`);
}
