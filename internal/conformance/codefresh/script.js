// A pipeline's day with the official command line: each line of commands is run
// as a process of its own, and what it prints is printed.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');

const cli = path.join(process.env.CLIENT_HOME, 'node_modules/.bin/codefresh');
const env = { PATH: process.env.PATH, HOME: process.env.CLI_HOME, CF_API_KEY: process.env.CF_API_KEY, CF_URL: process.env.CF_URL, NO_PROXY: '*', LANG: 'C.UTF-8' };

function run(...args) {
  const done = spawnSync(process.execPath, ['--no-deprecation', cli, ...args], { env, encoding: 'utf8' });
  const said = (done.stdout + done.stderr).split('\n').map((l) => l.trimEnd())
    .filter((l) => l !== '' && !/update available|npm install|WARN|^[╭╰│]/i.test(l));
  console.log(`$ codefresh ${args.join(' ')}`);
  for (const line of said) console.log(line);
  if (done.status !== 0) console.log(`exit ${done.status}`);
  return done.stdout.trim();
}

const first = run('run', 'shop/deploy', '-d', '-b', 'main', '-v', 'CHANGE=CHG0030001').split('\n').pop();
run('create', 'annotation', 'workflow', first, 'CR_NUMBER=CHG0030001');
run('get', 'annotation', 'workflow', first);
run('approve', first);
run('get', 'builds', first, '-o', 'json');
run('get', 'builds', '--limit', '2', '-o', 'id');
const second = run('run', 'shop/deploy', '-d', '-b', 'main').split('\n').pop();
run('deny', second);
run('terminate', second);
run('get', 'pipelines', '-o', 'id');
run('get', 'builds', '000000000000000000000000');
