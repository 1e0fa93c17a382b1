// Fetches files over http, https and file, with redirects, resumption (RFC 9110, section 14) and proxies. Node's own fetch
// knows no proxies in the versions we support.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FetchAnswer, Fetcher } from '../../boot/index.js';

/** Loaded when something is fetched: node:https reads certificates on a thread of its own, and most runs fetch nothing. */
const client = (secure: boolean) => {
  return secure ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
};

const MAX_REDIRECTS = 5;
const STALL_MS = 30_000;

/** A fetcher that follows the proxy settings in `env`. */
export function httpFetcher(env: NodeJS.ProcessEnv = process.env): Fetcher {
  return async ({ url, from = 0, signal }) => {
    let current = new URL(url);
    if (current.protocol === 'file:') return fetchFile(current, from);
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const response = await request(current, from, proxyFor(current, env), signal);
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      if (status < 300 || status >= 400 || location === undefined) return answer(response, status);
      response.resume();
      current = new URL(location, current);
      if (current.protocol !== 'http:' && current.protocol !== 'https:') break;
    }
    throw new Error(`${url}: too many redirects`);
  };
}

/** The proxy for `url`, if the environment names one and does not except its host. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | undefined {
  const scheme = url.protocol.slice(0, -1);
  const value = env[`${scheme}_proxy`] || (scheme === 'https' ? env.HTTPS_PROXY : undefined) || env.all_proxy;
  if (!value) return undefined;
  const excepted = (env.no_proxy ?? env.NO_PROXY ?? '').split(',').map((host) => host.trim().replace(/^\./, ''));
  const host = url.hostname;
  if (excepted.some((entry) => entry === '*' || (entry !== '' && (host === entry || host.endsWith(`.${entry}`))))) {
    return undefined;
  }
  return new URL(value.includes('://') ? value : `http://${value}`);
}

async function request(
  url: URL,
  from: number,
  proxy: URL | undefined,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const headers: Record<string, string> = { 'user-agent': 'hypercraft', accept: '*/*' };
  if (from > 0) headers.range = `bytes=${from}-`;
  const secure = url.protocol === 'https:';
  let options: RequestOptions = { headers, ...(signal && { signal }) };
  let target: URL = url;
  if (proxy && !secure) {
    headers.host = url.host;
    Object.assign(headers, authorization(proxy));
    options = { ...options, path: url.href };
    target = proxy;
  } else if (proxy) {
    const socket = await tunnel(proxy, url, signal);
    const { connect } = process.getBuiltinModule('node:tls');
    options = { ...options, agent: false, createConnection: () => connect({ socket, servername: url.hostname }) };
  }
  return new Promise((resolve, reject) => {
    const sent = client(target.protocol === 'https:').get(target, options, resolve);
    sent.setTimeout(STALL_MS, () => sent.destroy(new Error(`no answer from ${url.host}`)));
    sent.on('error', reject);
  });
}

/** Asks the proxy for a connection to the host of `url`. */
function tunnel(proxy: URL, url: URL, signal: AbortSignal | undefined): Promise<Socket> {
  const path = `${url.hostname}:${url.port || 443}`;
  return new Promise((resolve, reject) => {
    const headers = { host: path, ...authorization(proxy) };
    const sent = client(proxy.protocol === 'https:').request(proxy, {
      method: 'CONNECT',
      path,
      headers,
      ...(signal && { signal }),
    });
    sent.setTimeout(STALL_MS, () => sent.destroy(new Error(`no answer from ${proxy.host}`)));
    sent.on('error', reject);
    sent.on('connect', (response, socket) => {
      if (response.statusCode === 200) resolve(socket as Socket);
      else reject(new Error(`proxy answered ${response.statusCode}`));
    });
    sent.end();
  });
}

function authorization(proxy: URL): Record<string, string> {
  if (!proxy.username) return {};
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function answer(response: IncomingMessage, status: number): FetchAnswer {
  const range = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '');
  if (status !== 200 && status !== 206) response.resume();
  response.socket.setTimeout(STALL_MS, () => response.destroy(new Error('the connection stalled')));
  return { status, from: status === 206 && range ? Number(range[1]) : 0, body: response };
}

async function fetchFile(url: URL, from: number): Promise<FetchAnswer> {
  const path = fileURLToPath(url);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return { status: 404, from: 0, body: (async function* () {})() };
  return { status: from > 0 ? 206 : 200, from, body: createReadStream(path, { start: from }) };
}
