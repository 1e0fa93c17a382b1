// The page's side: takes the guest from the server's snapshot and joins its console to the keyboard.
import { Host, Vm, webPlatform } from '/hypercraft/index.js';

const state = document.querySelector('#state');
const screen = document.querySelector('#console');
const began = performance.now();
const platform = webPlatform({ workerUrl: '/hypercraft/platform/browser/worker.js' });
const host = await Host.create({ platform });
const vm = await Vm.restore(host, platform, (await fetch('guest.snapshot')).body);

const decoder = new TextDecoder('latin1');
vm.on('output', (bytes) => {
  // What a terminal would do with colours and the cursor is left out.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  screen.value += decoder.decode(bytes).replace(/\x1b\[[0-9;]*[A-Za-z]|\r/g, '');
});
screen.addEventListener('keydown', (event) => {
  const key = event.key === 'Enter' ? '\r' : event.key === 'Backspace' ? '\x7f' : event.key;
  if (key.length !== 1 || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  void vm.input(new TextEncoder().encode(key));
});
screen.focus();
const ended = vm.run();
await vm.input(new TextEncoder().encode('\r'));
const place = crossOriginIsolated ? 'in a thread of its own' : 'on the page’s thread';
state.textContent = `going on ${place}, ${Math.round(performance.now() - began)} ms after it was asked for`;
const end = await ended;
state.textContent = `ended by ${end.kind}`;
