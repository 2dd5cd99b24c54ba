// Videos and voice notes: what they are, where and when they were taken, and that what is shown plays the same and
// tells none of it. ffmpeg makes them, ffmpeg plays them, exiftool looks for what is left.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { open } from './lib/door.mjs';
import { scratch } from './lib/files.mjs';
import { exiftool, ffmpeg, played } from './lib/tools.mjs';

const telling = ['-metadata', 'location=+34.8107+114.3417/', '-metadata', 'location-eng=+34.8107+114.3417/', '-metadata', 'title=SECRET',
  '-metadata', 'artist=SECRET', '-metadata', 'comment=SECRET', '-metadata', 'creation_time=2024-02-03T06:30:05Z',
  '-metadata:s:v', 'handler_name=SECRET camera', '-metadata:s:a', 'handler_name=SECRET camera'];
const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:d=2:r=10'];
const sound = ['-f', 'lavfi', '-i', 'sine=440:d=2'];
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-shortest'];

const subtitles = '1\n00:00:00,000 --> 00:00:01,000\nSECRET 34.8107 114.3417\n\n2\n00:00:01,000 --> 00:00:02,000\nSECRET again\n';

test('films are known, and shown without what tells', async (t) => {
  const door = open(t);
  const here = scratch(t);
  const words = here.write('words.srt', subtitles);
  const rows = {
    'plain.mp4': [...picture, ...sound, ...telling, ...h264],
    'fast.mp4': [...picture, ...sound, ...telling, ...h264, '-movflags', '+faststart'],
    'keys.mp4': [...picture, ...sound, ...telling, ...h264, '-movflags', 'use_metadata_tags'],
    'pieces.mp4': [...picture, ...sound, ...telling, ...h264, '-movflags', 'frag_keyframe+empty_moov+default_base_moof'],
    'words.mp4': [...picture, ...sound, '-i', words, ...telling, ...h264, '-c:s', 'mov_text', '-metadata:s:s', 'language=eng'],
    'phone.3gp': [...picture, ...telling, '-c:v', 'mpeg4', '-an'],
    'old.3gp': ['-f', 'lavfi', '-i', 'testsrc2=s=176x144:d=1:r=10', ...telling, '-c:v', 'h263', '-an'],
  };
  for (const [name, made] of Object.entries(rows)) {
    const film = here.at(name);
    ffmpeg(...made, film);
    const found = await door.inspect(film);
    assert.equal(found.media_type, name.endsWith('.3gp') ? 'video/3gpp' : 'video/mp4', JSON.stringify(found));
    assert.deepEqual([found.width, found.height], name === 'old.3gp' ? [176, 144] : [640, 360]);
    assert.equal(found.at, '2024-02-03T06:30:05.000Z', name);
    if (name !== 'keys.mp4') {
      assert.ok(Math.abs(found.lat - 34.8107) < 1e-4 && Math.abs(found.lon - 114.3417) < 1e-4, `${name}: ${JSON.stringify(found)}`);
    }

    const shown = here.at(`shown-${name}`);
    await door.blank(film, shown);
    const before = readFileSync(film);
    const after = readFileSync(shown);
    assert.equal(after.length, before.length);
    assert.ok(before.includes('SECRET'), name);
    assert.ok(!after.includes('SECRET'), name);
    assert.ok(!after.includes('+34.8107'), name);
    assert.equal(played(shown), played(film), name);
    const left = exiftool(here.folder, [shown], '-ee', '-G1', '-a', '-all').get(shown);
    for (const [tag, value] of Object.entries(left))
      assert.ok(!/GPS|Location|Latitude|Artist|Title|Comment|Encoder|HandlerDescription|CompressorName/.test(tag) || value === '' || value === 0, `${name}: ${tag} ${value}`);
    for (const [tag, value] of Object.entries(left).filter(([key]) => /(Create|Modify)Date$/.test(key) && !key.startsWith('System')))
      assert.ok(String(value).startsWith('0000'), `${name}: ${tag} ${value}`);
    const again = await door.inspect(shown);
    assert.deepEqual([again.media_type, again.width, again.height, again.at, again.lat], [found.media_type, found.width, found.height, undefined, undefined]);
  }
  await door.close();
});

test('a film held upright tells its size so', async (t) => {
  const door = open(t);
  const here = scratch(t);
  ffmpeg(...picture, ...h264, here.at('lying.mp4'));
  ffmpeg('-i', here.at('lying.mp4'), '-c', 'copy', '-metadata:s:v', 'rotate=90', here.at('upright.mp4'));
  const found = await door.inspect(here.at('upright.mp4'));
  assert.deepEqual([found.width, found.height], [360, 640]);
  await door.close();
});

test('voice notes', async (t) => {
  const door = open(t);
  const here = scratch(t);
  ffmpeg(...sound, '-c:a', 'libopus', here.at('voice.webm'));
  ffmpeg(...sound, '-c:a', 'libopus', '-f', 'webm', '-live', '1', here.at('live.webm'));
  ffmpeg(...sound, '-c:a', 'aac', ...telling.slice(0, 12), here.at('voice.m4a'));
  ffmpeg(...sound, '-c:a', 'aac', '-movflags', 'frag_keyframe+empty_moov', here.at('voice.mp4'));
  for (const [name, type] of [['voice.webm', 'audio/webm'], ['live.webm', 'audio/webm'], ['voice.m4a', 'audio/mp4'], ['voice.mp4', 'audio/mp4']]) {
    const found = await door.inspect(here.at(name));
    assert.deepEqual([found.media_type, found.width, found.height], [type, 0, 0], name);
  }
  await door.blank(here.at('voice.m4a'), here.at('shown.m4a'));
  assert.ok(!readFileSync(here.at('shown.m4a')).includes('SECRET'));
  assert.equal(played(here.at('shown.m4a')), played(here.at('voice.m4a')));
  // A film in WebM is none of the types taken; a voice note has its own limit.
  ffmpeg(...picture, '-c:v', 'libvpx', '-deadline', 'realtime', here.at('film.webm'));
  assert.equal((await door.inspect(here.at('film.webm'))).fault, 'unreadable');
  ffmpeg('-f', 'lavfi', '-i', 'anoisesrc=d=120:r=48000', '-ac', '2', '-c:a', 'aac', '-b:a', '320k', here.at('long.m4a'));
  assert.equal((await door.inspect(here.at('long.m4a'))).fault, 'too_long');
  await door.close();
});

test('films cut anywhere or of nonsense are unreadable or known, and never told', async (t) => {
  const door = open(t);
  const here = scratch(t);
  ffmpeg(...picture, ...telling, ...h264, here.at('film.mp4'));
  const whole = readFileSync(here.at('film.mp4'));
  for (let part = 1; part < 40; ++part) {
    const cut = here.write('cut.mp4', whole.subarray(0, Math.floor((whole.length * part) / 40)));
    assert.equal((await door.inspect(cut)).fault, 'unreadable');
    await door.blank(cut, here.at('shown.mp4'));
    assert.ok(!readFileSync(here.at('shown.mp4')).includes('SECRET'));
  }
  await door.close();
});
