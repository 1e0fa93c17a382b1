// A guest boots here, in Node.js, is saved, and goes on in every page that asks for it. `npm run build` first, then
// `node examples/snapshot-to-browser/serve.mjs [debian]` and open the address it prints; `--port N` for a port of your choice.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Host, planBoot, Vm, virtMachine } from 'hypercraft';
import { helloImage } from 'hypercraft/boot';
import { nodePlatform, openImageStore } from 'hypercraft/node';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: '8080' } },
});
const debian = positionals[0] === 'debian';
const library = fileURLToPath(new URL('.', import.meta.resolve('hypercraft')));
const here = fileURLToPath(new URL('.', import.meta.url));

async function files() {
  if (!debian) return { kernel: helloImage().bytes };
  const image = await openImageStore().pull('debian');
  return { kernel: await image.readKernel(), initrd: await image.readInitramfs() };
}

/** Boots the guest until it has written `text`, and saves it as it is then. */
async function saved(text) {
  const machine = virtMachine({ memory: { base: 0x8000_0000n, size: (debian ? 512n : 64n) << 20n } });
  const boot = await planBoot({ machine, ...(await files()), chosen: { bootargs: 'console=ttyS0' } });
  const host = await Host.create({ platform: nodePlatform() });
  const vm = await Vm.create(host, host.platform, { machine, boot });
  const there = new Promise((resolve) => {
    let output = '';
    vm.on('output', (bytes) => {
      output += Buffer.from(bytes).toString('latin1');
      if (output.includes(text)) resolve();
    });
  });
  vm.run().catch(() => {});
  await there;
  const bytes = await vm.snapshot();
  await vm[Symbol.asyncDispose]();
  return bytes;
}

const snapshot = await saved(debian ? '# ' : 'Keys are echoed');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' };

/** The page, the library's own modules below /hypercraft/, and the snapshot. */
async function answer(path) {
  if (path === '/guest.snapshot') return { type: 'application/octet-stream', body: snapshot };
  const [folder, name] = path.startsWith('/hypercraft/')
    ? [library, path.slice('/hypercraft/'.length)]
    : [here, path === '/' ? 'index.html' : path.slice(1)];
  const file = normalize(join(folder, name));
  if (!file.startsWith(folder.endsWith(sep) ? folder : folder + sep)) return undefined;
  const body = await readFile(file).catch(() => undefined);
  return body && { type: types[extname(file)] ?? 'application/octet-stream', body };
}

const server = createServer(async (request, response) => {
  const found = await answer(decodeURI(new URL(request.url, 'http://page').pathname));
  // With these two a page may share memory with workers: the guest gets a thread of its own.
  response.setHeader('cross-origin-opener-policy', 'same-origin');
  response.setHeader('cross-origin-embedder-policy', 'require-corp');
  if (found === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': found.type }).end(found.body);
});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`${(snapshot.length / 2 ** 20).toFixed(1)} MiB saved; open http://127.0.0.1:${server.address().port}/`);
});
