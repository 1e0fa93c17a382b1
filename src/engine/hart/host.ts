// What the engine asks of the host that runs it.

/** The host's clock in timebase ticks, possibly fractional. */
// @ts-ignore: decorator
@external('env', 'time')
export declare function hostTime(): f64;
