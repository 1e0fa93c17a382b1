// The keys that belong to us and not to the guest: Ctrl-A is a prefix in a terminal (QEMU's habit), nothing in a pipe.

const PREFIX = 0x01;

/** What a key after the prefix may mean. */
export type EscapeCommand = 'leave' | 'help' | 'next' | 'list' | 'figures' | 'migrate';

/** What a stretch of typed bytes turned out to be. */
export type Typed = { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: EscapeCommand };

const ALWAYS: Readonly<Record<string, EscapeCommand>> = { x: 'leave', h: 'help' };

export const ESCAPE_HELP = [
  'Ctrl-A x   leave: stop the guest',
  'Ctrl-A h   this help',
  'Ctrl-A a   send Ctrl-A to the guest (so does Ctrl-A Ctrl-A)',
];

/** Separates typed bytes for the guest from commands for us; a prefix may end one chunk and its key start the next. */
export class EscapeKeys {
  readonly #commands: Readonly<Record<string, EscapeCommand>>;
  #prefixed = false;

  /** `more`: commands beside those that are always there. */
  constructor(more: Readonly<Record<string, EscapeCommand>> = {}) {
    this.#commands = { ...ALWAYS, ...more };
  }

  feed(typed: Uint8Array): Typed[] {
    const result: Typed[] = [];
    let bytes: number[] = [];
    const flush = () => {
      if (bytes.length > 0) result.push({ kind: 'bytes', bytes: Uint8Array.from(bytes) });
      bytes = [];
    };
    for (const byte of typed) {
      if (!this.#prefixed) {
        if (byte === PREFIX) this.#prefixed = true;
        else bytes.push(byte);
        continue;
      }
      this.#prefixed = false;
      const key = String.fromCharCode(byte).toLowerCase();
      const command = this.#commands[key];
      if (command !== undefined) {
        flush();
        result.push({ kind: command });
      } else if (byte === PREFIX || key === 'a') {
        bytes.push(PREFIX);
      } // any other key after the prefix is dropped, as in QEMU
    }
    flush();
    return result;
  }
}
