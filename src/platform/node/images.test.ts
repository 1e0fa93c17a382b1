// The image store's files, network and apt configuration, on a temporary directory and a server of our own.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FetchAnswer } from '../../boot/index.js';
import { cacheDirectory } from './cache-directory.js';
import { systemMirrors } from './debian-system.js';
import { FileStore } from './file-store.js';
import { httpFetcher, proxyFor } from './http-fetcher.js';

const DATA = Buffer.from('0123456789');
let directory: string;
let servers: Server[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hypercraft-test-'));
  servers = [];
});

afterEach(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await rm(directory, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function text(answer: FetchAnswer): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of answer.body) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('FileStore', () => {
  it('writtenFile_isReadBackAndLeavesNoOther', async () => {
    const store = new FileStore(directory);
    await store.write('a/b', DATA);
    expect(Buffer.from(await store.read('a/b'))).toEqual(DATA);
    expect(await store.size('a/b')).toBe(10);
    expect(await store.size('a')).toBeUndefined();
    expect(await readdir(join(directory, 'a'))).toEqual(['b']);
  });

  it('appendedFile_growsUntilItIsEmptied', async () => {
    const store = new FileStore(directory);
    for (const [empty, expected] of [
      [false, 2],
      [false, 4],
      [true, 2],
    ] as const) {
      const writer = await store.append('part', { empty });
      await writer.write(DATA.subarray(0, 2));
      await writer.close();
      expect(await store.size('part')).toBe(expected);
    }
    await store.move('part', 'deep/whole');
    expect(await store.size('part')).toBeUndefined();
    expect(await store.size('deep/whole')).toBe(2);
  });

  it('file_isTheSameUntilItIsWrittenTo_andNobodyKnowsRightAfterwards', async () => {
    const store = new FileStore(directory);
    await store.write('a', DATA);
    expect(await store.identity('a')).toBeUndefined();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 });
    try {
      const first = await store.identity('a');
      expect(first).toMatch(/^\d+ 10 \d+ \d+$/);
      expect(await store.identity('a')).toBe(first);
      await writeFile(store.locate('a'), 'x', { flag: 'r+' });
      expect(await store.identity('a')).not.toBe(first);
      expect(await store.identity('b')).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('openedFile_isReadWhereItIsAsked', async () => {
    const store = new FileStore(directory);
    await store.write('a', DATA);
    const file = await store.open('a');
    const bytes = new Uint8Array(4);
    expect([file.size, file.readInto(7, bytes), Buffer.from(bytes.subarray(0, 3)).toString()]).toEqual([10, 3, '789']);
    await expect(store.open('b')).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });

  it('removedFolder_isGoneAndMissingOnesAreNoError', async () => {
    const store = new FileStore(directory);
    await store.write('a/b/c', DATA);
    await store.remove('a');
    await store.remove('a');
    await expect(store.read('a/b/c')).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });

  it('keyThatLeadsOut_isATypedError', () => {
    expect(() => new FileStore(directory).locate('../x')).toThrowError(expect.objectContaining({ code: 'STORE_KEY' }));
  });

  it('directoryThatCannotBeMade_isATypedError', async () => {
    await writeFile(join(directory, 'file'), '');
    const store = new FileStore(join(directory, 'file', 'below'));
    await expect(store.write('a', DATA)).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(await store.size('a')).toBeUndefined();
  });

  it('lock_keepsOthersOutUntilItIsGivenBackOrItsHolderIsGone', async () => {
    const store = new FileStore(directory);
    const unlock = await store.lock('images/debian');
    await expect(store.lock('images/debian')).rejects.toMatchObject({ code: 'STORE_BUSY' });
    await unlock();
    await writeFile(join(directory, 'images/debian.lock'), '4194305'); // above Linux's largest process id
    await (await store.lock('images/debian'))();
  });

  it('cacheDirectory_followsTheEnvironment', () => {
    expect(cacheDirectory({ HYPERCRAFT_CACHE: '/x/y' })).toBe('/x/y');
    expect(cacheDirectory({ XDG_CACHE_HOME: '/x' })).toBe('/x/hypercraft');
    expect(cacheDirectory({})).toMatch(/\.cache\/hypercraft$/);
  });
});

describe('httpFetcher', () => {
  it('file_isFetchedFromAnyByte_throughRedirects', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/old') return response.writeHead(302, { location: '/new' }).end();
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from ? 206 : 200, from ? { 'content-range': `bytes ${from}-9/10` } : {});
      response.end(DATA.subarray(from));
    });
    const fetch = httpFetcher({});
    const whole = await fetch({ url: `${url}/old` });
    expect([whole.status, whole.from, await text(whole)]).toEqual([200, 0, '0123456789']);
    const rest = await fetch({ url: `${url}/old`, from: 4 });
    expect([rest.status, rest.from, await text(rest)]).toEqual([206, 4, '456789']);
  });

  it('errorsAndEndlessRedirects_areReported', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/loop') response.writeHead(302, { location: '/loop' });
      else response.writeHead(404);
      response.end();
    });
    expect((await httpFetcher({})({ url: `${url}/missing` })).status).toBe(404);
    await expect(httpFetcher({})({ url: `${url}/loop` })).rejects.toThrow('too many redirects');
    await expect(httpFetcher({})({ url: 'http://127.0.0.1:1/' })).rejects.toThrow();
  });

  it('brokenConnection_failsTheBody', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write(DATA.subarray(0, 3));
      setTimeout(() => response.destroy(), 20);
    });
    await expect(text(await httpFetcher({})({ url }))).rejects.toThrow();
  });

  it('abortedRequest_fails', async () => {
    const url = await serve(() => {});
    const cancel = new AbortController();
    const fetched = httpFetcher({})({ url, signal: cancel.signal });
    setTimeout(() => cancel.abort(), 20);
    await expect(fetched).rejects.toThrow();
  });

  it('proxy_isAskedForTheWholeUrl', async () => {
    let asked: IncomingMessage | undefined;
    const proxy = await serve((request, response) => {
      asked = request;
      response.end(DATA);
    });
    const environment = { http_proxy: proxy.replace('//', '//user:secret@') };
    expect(await text(await httpFetcher(environment)({ url: 'http://mirror.test/debian/x' }))).toBe('0123456789');
    expect(asked!.url).toBe('http://mirror.test/debian/x');
    expect(asked!.headers.host).toBe('mirror.test');
    expect(asked!.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('user:secret').toString('base64')}`);
  });

  it('proxyThatRefusesATunnel_isAnError', async () => {
    const proxy = await serve(() => {});
    servers[0]!.on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    await expect(httpFetcher({ https_proxy: proxy })({ url: 'https://mirror.test/x' })).rejects.toThrow('403');
  });

  it('noProxy_exceptsHostsAndTheirSubdomains', () => {
    const env = { http_proxy: 'proxy.test:3128', no_proxy: 'localhost,.test' };
    expect(proxyFor(new URL('http://mirror.test/'), env)).toBeUndefined();
    expect(proxyFor(new URL('http://mirror.example/'), env)?.href).toBe('http://proxy.test:3128/');
    expect(proxyFor(new URL('https://mirror.example/'), env)).toBeUndefined();
  });

  it('fileUrl_isReadFromDisk', async () => {
    await writeFile(join(directory, 'file'), DATA);
    const url = pathToFileURL(join(directory, 'file')).href;
    expect(await text(await httpFetcher({})({ url, from: 8 }))).toBe('89');
    expect((await httpFetcher({})({ url: `${url}x` })).status).toBe(404);
  });
});

describe('systemMirrors', () => {
  it('aptConfiguration_givesTheMirrors_inBothStyles', async () => {
    await mkdir(join(directory, 'sources.list.d'));
    await writeFile(join(directory, 'sources.list'), 'deb http://one.test/debian trixie main\n');
    const sources = 'Types: deb\nURIs: http://two.test/debian/\nSuites: trixie\nComponents: main\n';
    await writeFile(join(directory, 'sources.list.d/debian.sources'), sources);
    await writeFile(join(directory, 'sources.list.d/off.sources.disabled'), sources.replace('two', 'three'));
    expect(await systemMirrors({}, directory)).toEqual(['http://one.test/debian', 'http://two.test/debian']);
    expect(await systemMirrors({ HYPERCRAFT_MIRROR: 'http://mine.test/' }, directory)).toEqual(['http://mine.test']);
    expect(await systemMirrors({}, join(directory, 'nowhere'))).toEqual([]);
  });
});
