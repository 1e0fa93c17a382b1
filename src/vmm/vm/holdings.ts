// What one guest holds of its host, so that all of it goes back at once, also when a machine could be built only halfway.
import { type HostMachine, PAGE_SIZE } from '../../host/index.js';

export class Holdings {
  readonly #host: HostMachine;
  readonly #returns: (() => void)[] = [];

  constructor(host: HostMachine) {
    this.#host = host;
  }

  vcpuArea(): number {
    const area = this.#host.allocVcpuArea();
    this.#returns.push(() => this.#host.deallocVcpuArea(area));
    return area;
  }

  vmBlock(): number {
    const block = this.#host.allocVmBlock();
    this.#returns.push(() => this.#host.deallocVmBlock(block));
    return block;
  }

  /** Shared memory for rings and control areas, in whole pages. */
  deviceBytes(bytes: number): number {
    const pages = Math.ceil(bytes / PAGE_SIZE);
    const offset = this.#host.allocDevicePages(pages);
    this.#returns.push(() => this.#host.deallocDevicePages(offset, pages));
    return offset;
  }

  /** Something that is disposed of with the rest. */
  keep<T extends Disposable>(resource: T): T {
    this.#returns.push(() => resource[Symbol.dispose]());
    return resource;
  }

  /** Gives everything back, last taken first. */
  release(): void {
    while (this.#returns.length > 0) this.#returns.pop()!();
  }
}
