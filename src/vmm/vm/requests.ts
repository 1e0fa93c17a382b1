// Numbered requests to a machine's thread, and who waits for them.

export class Requests {
  #waiting: { readonly request: number; readonly done: () => void }[] = [];

  /** Resolves when a request has been acknowledged. */
  answer(request: number): Promise<void> {
    return new Promise((done) => this.#waiting.push({ request, done }));
  }

  /** All requests up to this one are carried out. */
  acknowledge(request: number): void {
    const done = this.#waiting.filter((one) => one.request <= request);
    this.#waiting = this.#waiting.filter((one) => one.request > request);
    for (const one of done) one.done();
  }
}
