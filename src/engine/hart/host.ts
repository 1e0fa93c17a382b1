// What the engine asks of the host that runs it.

/** The host's clock in timebase ticks, possibly fractional. */
// @ts-ignore: decorator
@external('env', 'time')
export declare function hostTime(): f64;

/** 16 fresh random bits, or a negative number when the host has no source of randomness. */
// @ts-ignore: decorator
@external('env', 'entropy')
export declare function hostEntropy(): i32;

/** This engine instance's number: decoded pages and translated regions are an instance's own, as function tables are. */
// @ts-ignore: decorator
@external('env', 'realm')
export declare const realm: u32;

/** Where its decoded pages and regions lie. */
// @ts-ignore: decorator
@external('env', 'realmArea')
export declare const realmArea: usize;
