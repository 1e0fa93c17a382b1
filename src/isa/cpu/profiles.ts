// The profiles of application processors: what their names stand for. RVA20, RVA22 and RVA23 Profiles, the mandatory parts; of RVA23
// without vector, which the engine does not have yet.

const U64_20 = 'i m a f d c zicsr zicntr ziccif ziccrse ziccamoa za128rs zicclsm';
const S_20 = 'zifencei svbare sv39 svade ssccptr sstvecd sstvala';
const U64_22 = `${U64_20} za64rs b zihpm zihintpause zic64b zicbom zicbop zicboz zfhmin zkt`;
const S_22 = `${S_20} sscounterenw svpbmt svinval`;
const U64_23 = `${U64_22} zihintntl zicond zimop zcmop zcb zfa zawrs supm`;
const S_23 = `${S_22} svnapot sstc sscofpmf ssnpm ssu64xl sha`;

/** The extensions of each profile, by its name in lower case. */
export const profiles: ReadonlyMap<string, readonly string[]> = new Map(
  [
    ['rva20u64', U64_20],
    ['rva20s64', `${U64_20} ${S_20}`],
    ['rva22u64', U64_22],
    ['rva22s64', `${U64_22} ${S_22}`],
    ['rva23u64', U64_23],
    ['rva23s64', `${U64_23} ${S_23}`],
  ].map(([name, extensions]) => [name!, extensions!.split(' ')]),
);
