// The devices of the program that made the guest, as the guest's accesses reach them: they may answer later, and they may throw.
import type { RemoteAccess } from '../machine/config.js';
import type { UserDevice } from './config.js';

const ALL_ONES = 0xffff_ffff_ffff_ffffn;

export class UserDevices {
  readonly #devices: readonly UserDevice[];
  readonly #threw: (device: string, error: unknown) => void;

  constructor(devices: readonly UserDevice[], threw: (device: string, error: unknown) => void) {
    this.#devices = devices;
    this.#threw = threw;
  }

  /** Carries out an access; a device that throws reads as all ones. */
  serve(access: RemoteAccess): bigint | Promise<bigint> {
    const device = this.#devices[access.device]!;
    const failed = (error: unknown): bigint => {
      this.#threw(device.name, error);
      return ALL_ONES;
    };
    try {
      if (access.kind === 'load') {
        const value = device.read(access.offset, access.width);
        return typeof value === 'bigint' ? value : value.catch(failed);
      }
      const done = device.write(access.offset, access.width, access.value);
      return done === undefined ? 0n : done.then(() => 0n, failed);
    } catch (error) {
      return failed(error);
    }
  }
}
