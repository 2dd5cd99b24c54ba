// Holds every answer of the suite against protocol/openapi.yaml, and remembers which operations were exercised.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import addFormats from 'ajv-formats';
import Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';

export const contractFile = fileURLToPath(new URL('../../../protocol/openapi.yaml', import.meta.url));
const contract = parse(readFileSync(contractFile, 'utf8'));
const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv);
const root = 'https://waystation/openapi';
ajv.addSchema({ $id: root, ...contract }, undefined, false, false);

const compiled = new Map();
/// The validator of the schema at a JSON pointer into the contract.
function validator(pointer) {
  if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `${root}#${pointer}` }));
  return compiled.get(pointer);
}
const step = (name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

/// The object at `pointer` (a list of names), references followed, with the pointer it was found at.
function resolve(names) {
  let at = [];
  let here = contract;
  for (const name of names) {
    at = [...at, name];
    here = here?.[name];
    if (here?.$ref) {
      at = here.$ref.slice(2).split('/');
      here = at.reduce((object, key) => object[key], contract);
    }
  }
  return { here, pointer: at.map((name) => `/${step(name)}`).join('') };
}

const templates = Object.keys(contract.paths).map((path) => ({
  path,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
}));
const verbs = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];

/// Every operation of the contract, as "get /v1/me".
export const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
  verbs.filter((verb) => item[verb]).map((verb) => `${verb} ${path}`),
);
const exercised = new Set();

function explain(validate, value) {
  const errors = validate.errors.map((error) => {
    const more = error.params.additionalProperty ?? error.params.unevaluatedProperty ?? error.params.allowedValues ?? '';
    return `  ${error.instancePath || '/'} ${error.message} ${JSON.stringify(more)}`;
  });
  return `${[...new Set(errors)].slice(0, 12).join('\n')}\nin ${JSON.stringify(value)?.slice(0, 2000)}`;
}

/// Fails unless `value` is of the component schema.
export function assertSchema(name, value) {
  const validate = validator(`/components/schemas/${name}`);
  if (!validate(value)) assert.fail(`no ${name}:\n${explain(validate, value)}`);
}

/// The operation that a method and path name, or nothing.
export function operationOf(method, path) {
  const template =
    templates.find((known) => known.path === path) ?? templates.find((known) => known.pattern.test(path));
  const verb = method.toLowerCase();
  return template && contract.paths[template.path][verb] ? { path: template.path, verb } : undefined;
}

/// Marks an operation as exercised by other means than check(), as the feed's upgrade.
export function exercise(method, path) {
  const operation = operationOf(method, path);
  exercised.add(`${operation.verb} ${operation.path}`);
}

/// Fails unless the contract lists this answer. `undocumented` says that the request is none of the contract's.
export function check({ method, path, request, answer, undocumented }) {
  const told = `${method} ${path} → ${answer.status}`;
  const operation = operationOf(method, path);
  if (!operation || undocumented) {
    assert.ok(undocumented, `${told}: the contract has no such operation`);
    assertSchema('Problem', answer.json);
    return;
  }
  exercised.add(`${operation.verb} ${operation.path}`);
  const { here: response, pointer } = resolve(['paths', operation.path, operation.verb, 'responses', `${answer.status}`]);
  assert.ok(response, `${told}: the contract lists no such status; ${answer.text.slice(0, 500)}`);
  for (const [name, header] of Object.entries(response.headers ?? {})) {
    const value = answer.headers[name.toLowerCase()];
    if (header.required) assert.ok(value !== undefined, `${told}: header ${name} is missing`);
    if (value !== undefined && header.schema.pattern)
      assert.match(String(value), new RegExp(header.schema.pattern), `${told}: header ${name}`);
  }
  if (!response.content) {
    assert.equal(answer.text, '', `${told}: the contract has no body here`);
    return;
  }
  const type = String(answer.headers['content-type'] ?? '').split(';')[0].trim();
  assert.ok(response.content[type], `${told}: content type ${type}`);
  if (/json$/.test(type)) {
    const validate = validator(`${pointer}/content/${step(type)}/schema`);
    if (!validate(answer.json)) assert.fail(`${told}: not of the contract's schema:\n${explain(validate, answer.json)}`);
    if (/problem/.test(type)) assert.equal(answer.json.status, answer.status, `${told}: status of the problem`);
  }
  if (answer.status < 300 && request !== undefined) checkRequest(operation, request, answer, told);
}

/// What the server took must be what the contract allows.
function checkRequest(operation, request, answer, told) {
  const pointer = `/paths/${step(operation.path)}/${operation.verb}/requestBody/content/application~1json/schema`;
  const validate = validator(pointer.replace('application~1json', step('application/json')));
  if (!validate(request)) assert.fail(`${told}: took what the contract does not allow:\n${explain(validate, request)}`);
  if (operation.path !== '/v1/sync') return;
  const commands = request.commands ?? [];
  assert.equal(answer.json.results.length, commands.length, `${told}: one result a command`);
  answer.json.results.forEach((result, i) => {
    if (result.status !== 'rejected') assertSchema('Command', commands[i]);
  });
}

/// Where the processes of the suite tell what they exercised, for the last test.
export const coverageFolder = process.env.WAYSTATION_COVERAGE;
if (coverageFolder) {
  mkdirSync(coverageFolder, { recursive: true });
  process.on('exit', () => writeFileSync(join(coverageFolder, `${process.pid}.json`), JSON.stringify([...exercised])));
}
