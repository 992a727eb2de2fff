import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { spoolHome } from '../../src/delivery/spool/home.ts';

const owner = { host: 'https://errsight.example/', application: '/srv/shop' };

function makeFolder(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'errsight-home-'));
  t.teardown(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where the spool of such an owner lies. */
function of(changes: object): string {
  return spoolHome('/chosen', { ...owner, ...changes }).folder;
}

t.test('a spool belongs to an application and a server', (t) => {
  t.equal(of({}), of({ host: 'https://errsight.example' }), 'however that is written');
  t.equal(of({}), of({ apiKey: 'another' }), 'a rotated key changes nothing');
  t.not(of({}), of({ host: 'https://other.example' }));
  t.not(of({}), of({ application: '/srv/mail' }));
  t.ok(of({}).startsWith('/chosen/'));
  t.end();
});

t.test('all releases of an application have one spool', (t) => {
  const release = of({ application: '/srv/shop/releases/41' });
  t.equal(of({ application: '/srv/shop/releases/20261129120000' }), release);
  t.equal(
    of({ application: 'C:\\shop\\releases\\1' }),
    of({ application: 'C:\\shop\\releases\\2' }),
  );
  t.equal(
    of({ application: '/srv/shop/releases/1/packages/api' }),
    of({ application: '/srv/shop/releases/2/packages/api' }),
  );
  t.not(of({ application: '/srv/mail/releases/41' }), release);
  t.not(of({ application: '/srv/shop/releases/41/packages/api' }), release);
  t.not(of({ application: '/srv/shop/other/41' }), of({ application: '/srv/shop/other/42' }));
  t.end();
});

t.test('the siblings of a spool are those of the same application for other hosts', (t) => {
  const place = makeFolder();
  const at = (changes: object): ReturnType<typeof spoolHome> =>
    spoolHome(place, { ...owner, ...changes });
  t.strictSame(at({}).siblings(), []);
  const old = at({ host: 'https://old.example' }).folder;
  for (const folder of [old, at({}).folder, at({ application: '/srv/mail' }).folder]) {
    fs.mkdirSync(folder);
  }
  t.strictSame(at({}).siblings(), [old]);
  t.strictSame(spoolHome(join(place, 'gone'), owner).siblings(), []);
  t.end();
});

t.test('`true` is the first place that survives a restart and can be written to', (t) => {
  const [state, xdg] = [makeFolder(), makeFolder()];
  const blocked = join(makeFolder(), 'file');
  fs.writeFileSync(blocked, '');
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ STATE_DIRECTORY: state, XDG_STATE_HOME: xdg }, state, /STATE_DIRECTORY/],
    [{ STATE_DIRECTORY: `${state}:/other`, XDG_STATE_HOME: xdg }, state, /STATE_DIRECTORY/],
    [{ XDG_STATE_HOME: xdg }, xdg, /XDG_STATE_HOME/],
    [{ STATE_DIRECTORY: blocked, XDG_STATE_HOME: xdg }, xdg, /XDG_STATE_HOME/],
    [{ STATE_DIRECTORY: 'relative', XDG_STATE_HOME: xdg }, xdg, /XDG_STATE_HOME/],
  ];
  for (const [env, place, why] of cases) {
    const home = spoolHome(true, owner, env as Record<string, string>);
    t.ok(home.folder.startsWith(join(place, 'errsight')), home.folder);
    t.match(home.why, why);
    t.equal(fs.statSync(home.folder).mode & 0o777, 0o700);
  }
  t.end();
});
