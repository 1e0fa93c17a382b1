// What the engine asks of the host that runs it.

/** The host's clock in timebase ticks, possibly fractional. */
// @ts-ignore: decorator
@external('env', 'time')
export declare function hostTime(): f64;

/** 16 fresh random bits, or a negative number when the host has no source of randomness. */
// @ts-ignore: decorator
@external('env', 'entropy')
export declare function hostEntropy(): i32;
